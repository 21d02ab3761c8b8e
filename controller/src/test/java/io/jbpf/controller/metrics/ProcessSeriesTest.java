package io.jbpf.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessSeriesTest {
    @Test
    void theBusiestProcessesHaveASeriesAndTheRestAreOther() {
        ProcessSeries series = new ProcessSeries(2);

        assertThat(series.take(Map.of(1, 10L, 2, 30L, 3, 20L))).isEqualTo(Map.of("2", 30L, "3", 20L, "other", 10L));
    }

    @Test
    void thereIsNoOtherWhereAllHaveASeries() {
        assertThat(new ProcessSeries(2).take(Map.of(1, 10L, 2, 30L))).isEqualTo(Map.of("1", 10L, "2", 30L));
    }

    @Test
    void whoIsInOtherNeverGetsASeriesAndWhoHasOneNeverGetsIntoOther() {
        ProcessSeries series = new ProcessSeries(1);
        series.take(Map.of(1, 10L, 2, 5L));

        assertThat(series.take(Map.of(2, 500L))).isEqualTo(Map.of("other", 500L));
        assertThat(series.take(Map.of(2, 501L, 3, 1L))).isEqualTo(Map.of("3", 1L, "other", 501L));
    }

    @Test
    void otherKeepsWhatEndedProcessesAdded() {
        ProcessSeries series = new ProcessSeries(1);
        series.take(Map.of(1, 10L, 2, 5L));

        assertThat(series.take(Map.of(1, 11L))).isEqualTo(Map.of("1", 11L, "other", 5L));
        assertThat(series.take(Map.of(1, 11L, 2, 3L))).isEqualTo(Map.of("1", 11L, "other", 8L));
    }

    @Test
    void aLimitOfNoneLeavesOtherAlone() {
        assertThat(new ProcessSeries(0).take(Map.of(1, 10L, 2, 5L))).isEqualTo(Map.of("other", 15L));
    }

    /** Against the plain rules: bounded, nothing falls, and of every call exactly one series tells. */
    @Test
    void whateverProcessesComeAndGoNothingFallsAndNothingIsCountedTwice() {
        Random random = new Random(7);
        ProcessSeries series = new ProcessSeries(5);
        Map<Integer, Long> living = new HashMap<>();
        Set<String> hadSeries = new HashSet<>();
        Map<String, Long> before = Map.of();
        Map<Integer, Long> lastSeen = Map.of();
        long endedInOther = 0;
        int nextPid = 1;
        for (int round = 0; round < 5_000; round++) {
            for (int i = random.nextInt(4); i > 0; i--) {
                living.put(nextPid++, (long) random.nextInt(100));
            }
            for (Integer pid : Set.copyOf(living.keySet())) {
                if (random.nextInt(10) == 0) {
                    living.remove(pid);
                    // What was seen of it in other stays there.
                    endedInOther += hadSeries.contains(Integer.toString(pid)) ? 0 : lastSeen.getOrDefault(pid, 0L);
                } else {
                    living.merge(pid, (long) random.nextInt(50), Long::sum);
                }
            }
            Map<String, Long> now = series.take(living);
            lastSeen = Map.copyOf(living);

            assertThat(now.keySet().stream().filter(pid -> !pid.equals("other")))
                    .hasSizeLessThanOrEqualTo(5);
            long expectedOther = endedInOther;
            for (Map.Entry<Integer, Long> process : living.entrySet()) {
                String pid = Integer.toString(process.getKey());
                if (now.containsKey(pid)) {
                    hadSeries.add(pid);
                    assertThat(now).containsEntry(pid, process.getValue());
                } else {
                    assertThat(hadSeries).doesNotContain(pid);
                    expectedOther += process.getValue();
                }
            }
            assertThat(now.getOrDefault("other", 0L)).isEqualTo(expectedOther);
            before.forEach((pid, count) -> {
                if (now.containsKey(pid)) {
                    assertThat(now.get(pid)).isGreaterThanOrEqualTo(count);
                }
            });
            before = now;
        }
    }
}
