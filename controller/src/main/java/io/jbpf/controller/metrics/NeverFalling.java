package io.jbpf.controller.metrics;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counters that go on where the kernel's began anew: when a program had to be attached again its counts start at 0, and
 * the series they feed must not. Not for several threads at once.
 *
 * @param <K> what tells the counters apart
 */
final class NeverFalling<K> {
    private record Progress(long carried, long last) {}

    private final Map<K, Progress> progress = new HashMap<>();

    /** The counters as they are now, from the kernel's counts; one that is missing there has ended. */
    Map<K, Long> ending(Map<K, Long> counts) {
        progress.keySet().retainAll(counts.keySet());
        return standing(counts);
    }

    /** The counters as they are now, from the kernel's counts; one that is missing there stands still. */
    Map<K, Long> standing(Map<K, Long> counts) {
        Set<K> keys = new HashSet<>(progress.keySet());
        keys.addAll(counts.keySet());
        Map<K, Long> totals = new HashMap<>();
        for (K key : keys) {
            totals.put(key, advance(key, counts.getOrDefault(key, 0L)));
        }
        return totals;
    }

    private long advance(K key, long count) {
        Progress before = progress.getOrDefault(key, new Progress(0, 0));
        long carried = count < before.last ? before.carried + before.last : before.carried;
        progress.put(key, new Progress(carried, count));
        return carried + count;
    }
}
