package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Set;

/** How far a pod's life has come, by its phase. */
final class PodPhase {
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private PodPhase() {}

    /** Whether none of its containers will run again. */
    static boolean hasEnded(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getPhase() != null
                && ENDED.contains(pod.getStatus().getPhase());
    }
}
