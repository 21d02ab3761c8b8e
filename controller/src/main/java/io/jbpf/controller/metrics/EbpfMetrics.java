package io.jbpf.controller.metrics;

import io.jbpf.controller.node.ProgramType;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;

/** The metrics of the pods' programs, from what was read last. */
public final class EbpfMetrics implements MultiCollector {
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

    private final PodSampler sampler;

    /**
     * The metrics of all exported pods.
     *
     * @param sampler where their counts are
     */
    public EbpfMetrics(PodSampler sampler) {
        this.sampler = sampler;
    }

    @Override
    public MetricSnapshots collect() {
        CounterFamily.Series syscalls = SYSCALLS.series();
        CounterFamily.Series podSyscalls = POD_SYSCALLS.series();
        CounterFamily.Series firewall = FIREWALL.series();
        GaugeFamily.Series attached = ATTACHED.series();
        for (PodSample sample : sampler.samples()) {
            String namespace = sample.pod().namespace();
            String name = sample.pod().name();
            sample.byProcess().forEach((pid, count) -> syscalls.add(count, namespace, name, pid));
            sample.bySyscall().forEach((call, count) -> podSyscalls.add(count, namespace, name, call));
            sample.firewall().forEach((kind, count) -> firewall.add(count, namespace, name, kind));
            for (ProgramType type : sample.attached()) {
                attached.set(1, namespace, name, type.word());
            }
        }
        return MetricSnapshots.of(syscalls.build(), podSyscalls.build(), firewall.build(), attached.build());
    }
}
