package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.jbpf.controller.cluster.ObservedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the user of a pod should know of a change of its outcome. Pure. */
final class PodEvents {
    private PodEvents() {}

    /** The events, each about the pod. */
    static List<ObservedEvent> between(Optional<PodOutcome> before, PodOutcome now, ObjectReference pod) {
        List<ObservedEvent> events = new ArrayList<>();
        Optional<EbpfState> state = before.map(PodOutcome::ebpf);
        if (now.ebpf() instanceof EbpfState.Failed failed) {
            if (!state.equals(Optional.of(failed))) {
                events.add(new ObservedEvent(pod, true, failed.type().reason(), failed.message()));
            }
        } else if (now.ebpf() instanceof EbpfState.Attached
                && state.filter(EbpfState.Failed.class::isInstance).isPresent()) {
            events.add(new ObservedEvent(
                    pod, false, "Recovered", "The pod has every eBPF program that its configs ask for."));
        }
        if (!now.blockedProbes().isEmpty()
                && !before.map(PodOutcome::blockedProbes).equals(Optional.of(now.blockedProbes()))) {
            events.add(new ObservedEvent(
                    pod,
                    true,
                    ConfigStatus.PROBE_PORT_BLOCKED,
                    "The firewall rules of this pod's configs refuse its probes and stay in force: pod " + pod.getName()
                            + ", " + PodOutcome.describe(now.blockedProbes()) + "."));
        }
        return events;
    }
}
