package io.jbpf.controller.cluster;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values that come again and again, as what all pods of a workload have in common: each is kept once. Knows those that came
 * last. Whoever shares a value must not change it. Safe for use by many threads.
 */
final class Recurring {
    private static final int MOST = 256;

    private final Map<Object, Object> known = new LinkedHashMap<>(MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Object> eldest) {
            return size() > MOST;
        }
    };

    /** {@return the first of those that equal a value; nothing if it is nothing} */
    @SuppressWarnings("unchecked") // equal to it, and so of its type: strings, and what is made of the API's records
    synchronized <T> @Nullable T first(@Nullable T value) {
        if (value == null) {
            return null;
        }
        Object before = known.putIfAbsent(value, value);
        return before == null ? value : (T) before;
    }
}
