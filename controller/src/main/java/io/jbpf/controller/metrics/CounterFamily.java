package io.jbpf.controller.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
        private final Map<String, Labels> lastLabels = new HashMap<>();

        private Series(CounterFamily family) {
            this.family = family;
            this.snapshot = CounterSnapshot.builder().name(family.name).help(family.help);
        }

        void add(long value, String... labelValues) {
            add(value, Labels.of(family.labels, List.of(labelValues)));
        }

        /**
         * Adds values that differ in their last label. Of a thousand pods' series, checking the names of each would be most of the
         * work.
         */
        void addAll(Map<String, Long> byLastLabel, String... otherLabelValues) {
            int last = family.labels.size() - 1;
            Labels others = Labels.of(family.labels.subList(0, last), List.of(otherLabelValues));
            byLastLabel.forEach((label, value) -> {
                Labels own = lastLabels.computeIfAbsent(label, each -> Labels.of(family.labels.get(last), each));
                add(value, others.merge(own));
            });
        }

        private void add(long value, Labels labels) {
            snapshot.dataPoint(CounterDataPointSnapshot.builder()
                    .value((double) value)
                    .labels(labels)
                    .build());
        }

        CounterSnapshot build() {
            return snapshot.build();
        }
    }
}
