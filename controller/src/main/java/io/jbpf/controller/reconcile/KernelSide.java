package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.time.Duration;
import java.util.Optional;

/** Who sees to the programs of pods: this process on its node, or an agent on each node that tells how it stands. */
public interface KernelSide {
    /**
     * What came of it.
     *
     * @param state how it stands with the pod's programs
     * @param lookAgain when to look again without a cause
     */
    record Result(EbpfState state, Optional<Duration> lookAgain) {}

    /**
     * Brings a pod to what is wanted, or looks how far others have brought it.
     *
     * @param pod the pod
     * @param wanted its programs
     * @return how it stands
     */
    Result apply(Pod pod, PodPrograms wanted);

    /**
     * Takes away all that a pod has; it is no more.
     *
     * @param key where it was
     */
    void remove(ObjectKey key);
}
