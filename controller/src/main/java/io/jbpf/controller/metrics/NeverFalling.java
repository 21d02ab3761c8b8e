package io.jbpf.controller.metrics;

import java.util.HashMap;
import java.util.Map;

/**
 * Counters that go on where the kernel's began anew: when a program had to be attached again its counts start at 0, and
 * the series they feed must not. Not for several threads at once.
 *
 * @param <K> what tells the counters apart
 */
final class NeverFalling<K> {
    private record Progress(long carried, long last) {
        private Progress to(long count) {
            if (count == last) {
                return this;
            }
            return new Progress(count < last ? carried + last : carried, count);
        }

        private long total() {
            return carried + last;
        }
    }

    private final Map<K, Progress> progress = new HashMap<>();

    /** {@return whether these counts are the last ones, so that the counters are what they were} */
    boolean standsAt(Map<K, Long> counts) {
        if (progress.size() != counts.size()) {
            return false;
        }
        for (Map.Entry<K, Progress> each : progress.entrySet()) {
            Long count = counts.get(each.getKey());
            if (count == null || count != each.getValue().last) {
                return false;
            }
        }
        return true;
    }

    /** The counters as they are now, from the kernel's counts; one that is missing there has ended. */
    Map<K, Long> ending(Map<K, Long> counts) {
        progress.keySet().retainAll(counts.keySet());
        return standing(counts);
    }

    /** The counters as they are now, from the kernel's counts; one that is missing there stands still. */
    Map<K, Long> standing(Map<K, Long> counts) {
        Map<K, Long> totals = new HashMap<>();
        counts.forEach((key, count) -> totals.put(
                key,
                progress.merge(key, new Progress(0, count), (before, now) -> before.to(now.last))
                        .total()));
        if (progress.size() > counts.size()) {
            progress.replaceAll((key, before) -> counts.containsKey(key) ? before : before.to(0));
            progress.forEach((key, now) -> totals.put(key, now.total()));
        }
        return totals;
    }
}
