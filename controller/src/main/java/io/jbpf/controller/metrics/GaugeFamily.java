package io.jbpf.controller.metrics;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;

/**
 * A gauge by name; its series are put together for each scrape.
 *
 * @param name the whole name
 * @param help what it measures
 * @param labels the names of its labels
 */
record GaugeFamily(String name, String help, List<String> labels) {
    GaugeFamily {
        labels = List.copyOf(labels);
    }

    Series series() {
        return new Series(this);
    }

    /** The values of one scrape. */
    static final class Series {
        private final GaugeFamily family;
        private final GaugeSnapshot.Builder snapshot;

        private Series(GaugeFamily family) {
            this.family = family;
            this.snapshot = GaugeSnapshot.builder().name(family.name).help(family.help);
        }

        void set(double value, String... labelValues) {
            snapshot.dataPoint(GaugeDataPointSnapshot.builder()
                    .value(value)
                    .labels(Labels.of(family.labels, List.of(labelValues)))
                    .build());
        }

        GaugeSnapshot build() {
            return snapshot.build();
        }
    }
}
