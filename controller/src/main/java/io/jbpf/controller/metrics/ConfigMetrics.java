package io.jbpf.controller.metrics;

import io.jbpf.controller.rules.ObjectKey;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The metrics of the configs and their ConfigMaps. */
public final class ConfigMetrics implements MultiCollector {
    private record State(boolean ready, int configMaps) {}

    private static final GaugeFamily STATUS = new GaugeFamily(
            "podconfigmap_controller_pcmc_status",
            "Whether a config is Ready, as its status says.",
            List.of("name", "namespace"));

    private static final GaugeFamily ACTIVE = new GaugeFamily(
            "podconfigmap_controller_active_configmaps",
            "ConfigMaps that there are because of a config.",
            List.of("namespace", "pcmc_name"));

    private final Map<ObjectKey, State> configs = new ConcurrentHashMap<>();
    private final ConfigMapOperations operations;
    private final Revision revision;
    private final BooleanSupplier acts;

    /**
     * No configs yet.
     *
     * @param operations what was done to ConfigMaps
     * @param revision what tells that a value changed
     * @param acts whether this process writes the configs' status now: what another one writes is not for this one to tell
     */
    public ConfigMetrics(ConfigMapOperations operations, Revision revision, BooleanSupplier acts) {
        this.operations = operations;
        this.revision = revision;
        this.acts = acts;
    }

    /**
     * Sets the values of a config.
     *
     * @param config the config
     * @param ready whether it is {@code Ready}
     * @param configMaps how many ConfigMaps there are because of it
     */
    public void set(ObjectKey config, boolean ready, int configMaps) {
        State now = new State(ready, configMaps);
        if (!now.equals(configs.put(config, now))) {
            revision.advance();
        }
    }

    /**
     * Ends the series of a config.
     *
     * @param config a config that is no more
     */
    public void forget(ObjectKey config) {
        if (configs.remove(config) != null) {
            revision.advance();
        }
    }

    @Override
    public MetricSnapshots collect() {
        GaugeFamily.Series status = STATUS.series();
        GaugeFamily.Series active = ACTIVE.series();
        if (acts.getAsBoolean()) {
            configs.forEach((config, state) -> {
                status.set(state.ready() ? 1 : 0, config.name(), config.namespace());
                active.set(state.configMaps(), config.namespace(), config.name());
            });
        }
        return MetricSnapshots.of(
                status.build(), active.build(), operations.series().build());
    }
}
