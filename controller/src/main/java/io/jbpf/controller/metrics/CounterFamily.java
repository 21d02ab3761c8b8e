package io.jbpf.controller.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;

/**
 * A counter by name; its series are put together for each scrape.
 *
 * @param name without {@code _total}, which the exposition adds
 * @param help what one unit of it is
 * @param labels the names of its labels
 */
record CounterFamily(String name, String help, List<String> labels) {
    CounterFamily {
        labels = List.copyOf(labels);
    }

    Series series() {
        return new Series(this);
    }

    /** The values of one scrape. */
    static final class Series {
        private final CounterFamily family;
        private final CounterSnapshot.Builder snapshot;

        private Series(CounterFamily family) {
            this.family = family;
            this.snapshot = CounterSnapshot.builder().name(family.name).help(family.help);
        }

        void add(long value, String... labelValues) {
            snapshot.dataPoint(CounterDataPointSnapshot.builder()
                    .value((double) value)
                    .labels(Labels.of(family.labels, List.of(labelValues)))
                    .build());
        }

        CounterSnapshot build() {
            return snapshot.build();
        }
    }
}
