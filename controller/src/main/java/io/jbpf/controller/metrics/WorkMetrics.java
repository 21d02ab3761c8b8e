package io.jbpf.controller.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** The metrics of the controller's own work: how much of it waits, how long it takes, what fails, and who leads. */
public final class WorkMetrics {
    private static final double NANOS = 1e9;

    private final Map<String, IntSupplier> queues = new ConcurrentHashMap<>();
    private final PrometheusRegistry registry;
    private final Histogram durations;
    private final Counter errors;
    private final Revision revision;

    /**
     * Metrics without values.
     *
     * @param registry where they are served from
     * @param revision what tells that a value changed
     */
    public WorkMetrics(PrometheusRegistry registry, Revision revision) {
        this.registry = registry;
        this.revision = revision;
        durations = Histogram.builder()
                .name("podconfigmap_controller_reconciliation_duration_seconds")
                .help("How long it took to reconcile one pod or config, whatever came of it.")
                .labelNames("resource_type", "namespace")
                .classicOnly()
                .register(registry);
        errors = Counter.builder()
                .name("podconfigmap_controller_reconciliation_errors_total")
                .help("Reconciliations that failed, by kind of failure; most are tried again.")
                .labelNames("resource_type", "namespace", "error_type")
                .register(registry);
        GaugeWithCallback.builder()
                .name("podconfigmap_controller_queue_depth")
                .help("Pods and configs that wait to be reconciled now.")
                .labelNames("queue_name")
                .callback(gauge -> queues.forEach((name, depth) -> gauge.call(depth.getAsInt(), name)))
                .register(registry);
    }

    /**
     * Shows a queue.
     *
     * @param name its name
     * @param depth how many wait in it
     */
    public void queue(String name, IntSupplier depth) {
        queues.put(name, depth);
    }

    /**
     * Shows whether this process leads.
     *
     * @param leads whether it does now
     */
    public void leader(BooleanSupplier leads) {
        GaugeWithCallback.builder()
                .name("podconfigmap_controller_leader")
                // Who looks for "ebpf" on the page of one that stands by, as behind a Service, finds at least this.
                .help("1 in the process that acts and exports the ebpf metrics, 0 in one that stands by.")
                .callback(gauge -> gauge.call(leads.getAsBoolean() ? 1 : 0))
                .register(registry);
    }

    /**
     * Shows how many pods have no controller on their node.
     *
     * @param count how many now
     */
    public void podsNotCovered(IntSupplier count) {
        GaugeWithCallback.builder()
                .name("podconfigmap_controller_pods_not_covered")
                .help("Pods that should have programs and run on nodes where this controller does not.")
                .callback(gauge -> gauge.call(count.getAsInt()))
                .register(registry);
    }

    /**
     * One reconciliation has ended.
     *
     * @param resourceType what was reconciled
     * @param namespace where
     * @param took how long
     */
    public void reconciled(String resourceType, String namespace, Duration took) {
        durations.labelValues(resourceType, namespace).observe(took.toNanos() / NANOS);
        revision.advance();
    }

    /**
     * One reconciliation has failed.
     *
     * @param resourceType what was to be reconciled
     * @param namespace where
     * @param errorType why
     */
    public void failed(String resourceType, String namespace, String errorType) {
        errors.labelValues(resourceType, namespace, errorType).inc();
        revision.advance();
    }
}
