package io.jbpf.controller.reconcile;

import io.jbpf.controller.cluster.ConfigMapProblem;
import io.jbpf.controller.rules.DeclaredProbe;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What came of reconciling a pod.
 *
 * @param configs the configs that select it
 * @param ebpf how it stands with its programs
 * @param blockedProbes probes that the configs' rules together refuse
 * @param configMapProblems why a config's ConfigMap could not be written, by config; empty if all were
 */
record PodOutcome(
        Set<ObjectKey> configs,
        EbpfState ebpf,
        List<DeclaredProbe> blockedProbes,
        Map<ObjectKey, ConfigMapProblem> configMapProblems) {
    PodOutcome {
        configs = Set.copyOf(configs);
        blockedProbes = List.copyOf(blockedProbes);
        configMapProblems = Map.copyOf(configMapProblems);
    }

    /** The refused probes as a part of a sentence; two probes of a container at one port are said in one breath. */
    static String describe(List<DeclaredProbe> probes) {
        Map<String, String> kinds = new TreeMap<>();
        probes.forEach(probe -> kinds.merge(
                "container " + probe.container() + ", port " + probe.port(),
                probe.kind(),
                (before, now) -> before + " and " + now));
        return kinds.entrySet().stream()
                .map(place -> place.getKey() + " (" + place.getValue() + ")")
                .collect(Collectors.joining("; "));
    }
}
