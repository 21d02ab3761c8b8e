package io.jbpf.controller.metrics;

import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.ObjectKey;
import java.util.Map;
import java.util.Set;

/**
 * A pod's series as they were when its counts were read last.
 *
 * @param pod the pod
 * @param attached its programs
 * @param byProcess system calls by process id, and those of {@code other} processes
 * @param bySyscall system calls by name
 * @param firewall packets by kind of count
 */
record PodSample(
        ObjectKey pod,
        Set<ProgramType> attached,
        Map<String, Long> byProcess,
        Map<String, Long> bySyscall,
        Map<String, Long> firewall) {
    PodSample {
        attached = Set.copyOf(attached);
        byProcess = Map.copyOf(byProcess);
        bySyscall = Map.copyOf(bySyscall);
        firewall = Map.copyOf(firewall);
    }
}
