package io.jbpf.controller.metrics;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The series of a pod's processes, of which there may be so many and no more: what is over has the one series
 * {@code other}. A process has its own series from the first time it is seen until it ends, or never: changing over would
 * let both fall. What is in {@code other} stays in it when its process ends. Not for several threads at once.
 */
final class ProcessSeries {
    /** The value of the label {@code pid} for the processes that have no series of their own. */
    static final String OTHER = "other";

    private static final int NONE = -1;

    private final int limit;
    private final Set<Integer> shown = new HashSet<>();
    private final NeverFalling<Integer> counters = new NeverFalling<>();
    private final Map<Integer, Long> lastOfOthers = new HashMap<>();
    private long other = NONE;

    /** At most so many processes with a series of their own. */
    ProcessSeries(int limit) {
        this.limit = limit;
    }

    /** {@return whether these counts are surely the last ones, so that the series are what they were} */
    boolean standsAt(Map<Integer, Long> counts) {
        return lastOfOthers.isEmpty() && counters.standsAt(counts);
    }

    /** The series as they are now, from the kernel's counts of the processes that live. */
    Map<String, Long> take(Map<Integer, Long> counts) {
        shown.retainAll(counts.keySet());
        lastOfOthers.keySet().retainAll(counts.keySet());
        List<Integer> fresh = counts.keySet().stream()
                .filter(pid -> !shown.contains(pid) && !lastOfOthers.containsKey(pid))
                // The busiest have something to tell.
                .sorted(Comparator.<Integer, Long>comparing(counts::get)
                        .reversed()
                        .thenComparing(pid -> pid))
                .toList();
        for (Integer pid : fresh) {
            if (shown.size() < limit) {
                shown.add(pid);
            } else {
                lastOfOthers.put(pid, 0L);
            }
        }
        Map<Integer, Long> own = new HashMap<>();
        counts.forEach((pid, count) -> {
            if (shown.contains(pid)) {
                own.put(pid, count);
            } else {
                // A count that fell began anew.
                long before = lastOfOthers.getOrDefault(pid, 0L);
                other = Math.max(other, 0) + (count < before ? count : count - before);
                lastOfOthers.put(pid, count);
            }
        });
        Map<String, Long> series = new HashMap<>();
        counters.ending(own).forEach((pid, count) -> series.put(Integer.toString(pid), count));
        if (other != NONE) {
            series.put(OTHER, other);
        }
        return series;
    }
}
