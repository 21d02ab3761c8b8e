package io.jbpf.controller.metrics;

import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.ObjectKey;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Failures of programs, counted by pod and kind for as long as the pod exists; this process's own, whoever sees to the node. */
public final class ProgramErrors implements MultiCollector {
    private static final CounterFamily ERRORS = new CounterFamily(
            "podconfigmap_controller_ebpf_program_errors",
            "Failures to attach, update, detach or read a pod's program.",
            List.of("namespace", "pod_name", "program_type", "error_type"));

    /**
     * What one counter is about.
     *
     * @param pod the pod
     * @param program which program
     * @param type what kind of failure
     */
    record Key(ObjectKey pod, ProgramType program, ProgramErrorType type) {}

    private final Map<Key, Long> counts = new ConcurrentHashMap<>();
    private final Revision revision;

    /**
     * No failures yet.
     *
     * @param revision what tells that a count changed
     */
    public ProgramErrors(Revision revision) {
        this.revision = revision;
    }

    /**
     * Counts a failure.
     *
     * @param pod the pod whose program it was
     * @param failure the failure
     */
    public void count(ObjectKey pod, ProgramException failure) {
        counts.merge(new Key(pod, failure.program(), failure.type()), 1L, Long::sum);
        revision.advance();
    }

    /**
     * Ends the series of a pod.
     *
     * @param pod a pod that is no more
     */
    public void forget(ObjectKey pod) {
        if (counts.keySet().removeIf(key -> key.pod().equals(pod))) {
            revision.advance();
        }
    }

    @Override
    public MetricSnapshots collect() {
        CounterFamily.Series failed = ERRORS.series();
        counts.forEach((key, count) -> failed.add(
                count,
                key.pod().namespace(),
                key.pod().name(),
                key.program().word(),
                key.type().word()));
        return MetricSnapshots.of(failed.build());
    }
}
