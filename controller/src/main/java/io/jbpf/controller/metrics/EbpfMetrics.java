package io.jbpf.controller.metrics;

import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.ObjectKey;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The metrics of the pods' programs, from what was read last. */
public final class EbpfMetrics {
    private static final CounterFamily SYSCALLS = new CounterFamily(
            "podconfigmap_controller_ebpf_syscall_count",
            "System calls made by a process of a pod, by the process's id on the node. A series ends with its process.",
            List.of("namespace", "pod_name", "pid"));

    private static final CounterFamily POD_SYSCALLS = new CounterFamily(
            "podconfigmap_controller_ebpf_pod_syscalls",
            "System calls made by all processes of a pod, those that have ended too, by name.",
            List.of("namespace", "pod_name", "syscall"));

    private static final CounterFamily FIREWALL = new CounterFamily(
            "podconfigmap_controller_ebpf_l4_firewall",
            "Packets judged by a pod's firewall: allowed or blocked; and, of both, those of tcp and of udp.",
            List.of("namespace", "pod_name", "stat_type"));

    private static final GaugeFamily ATTACHED = new GaugeFamily(
            "podconfigmap_controller_ebpf_attached_programs",
            "Programs attached to a pod, by type.",
            List.of("namespace", "pod_name", "program_type"));

    private EbpfMetrics() {}

    /**
     * The metrics of all exported pods, each by itself: of a thousand pods all series at once would be more than the young ones
     * of the heap.
     *
     * @param sampler where their counts are
     * @return a registry for each
     */
    public static List<PrometheusRegistry> of(PodSampler sampler) {
        return Stream.<Collector>of(
                        () -> syscalls(sampler.samples()),
                        () -> podSyscalls(sampler.samples()),
                        () -> firewall(sampler.samples()),
                        () -> attached(sampler.samples()))
                .map(family -> {
                    PrometheusRegistry registry = new PrometheusRegistry();
                    registry.register(family);
                    return registry;
                })
                .toList();
    }

    private static MetricSnapshot syscalls(Collection<PodSample> samples) {
        CounterFamily.Series series = SYSCALLS.series();
        samples.forEach(sample -> addAll(series, sample.pod(), sample.byProcess()));
        return series.build();
    }

    private static MetricSnapshot podSyscalls(Collection<PodSample> samples) {
        CounterFamily.Series series = POD_SYSCALLS.series();
        samples.forEach(sample -> addAll(series, sample.pod(), sample.bySyscall()));
        return series.build();
    }

    private static MetricSnapshot firewall(Collection<PodSample> samples) {
        CounterFamily.Series series = FIREWALL.series();
        samples.forEach(sample -> addAll(series, sample.pod(), sample.firewall()));
        return series.build();
    }

    private static void addAll(CounterFamily.Series series, ObjectKey pod, Map<String, Long> counts) {
        series.addAll(counts, pod.namespace(), pod.name());
    }

    private static MetricSnapshot attached(Collection<PodSample> samples) {
        GaugeFamily.Series series = ATTACHED.series();
        for (PodSample sample : samples) {
            for (ProgramType type : sample.attached()) {
                series.set(1, sample.pod().namespace(), sample.pod().name(), type.word());
            }
        }
        return series.build();
    }
}
