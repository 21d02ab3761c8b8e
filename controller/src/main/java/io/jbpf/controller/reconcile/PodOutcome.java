package io.jbpf.controller.reconcile;

import io.jbpf.controller.rules.ObjectKey;
import java.util.Map;
import java.util.Set;

/**
 * What came of reconciling a pod.
 *
 * @param configs the configs that select it
 * @param ebpf how it stands with its programs
 * @param configMapProblems why a config's ConfigMap could not be written, by config; empty if all were
 */
record PodOutcome(Set<ObjectKey> configs, EbpfState ebpf, Map<ObjectKey, String> configMapProblems) {
    PodOutcome {
        configs = Set.copyOf(configs);
        configMapProblems = Map.copyOf(configMapProblems);
    }
}
