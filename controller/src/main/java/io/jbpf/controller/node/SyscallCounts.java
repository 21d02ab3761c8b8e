package io.jbpf.controller.node;

import java.util.Map;

/**
 * System calls counted since counting began for the pod.
 *
 * @param byProcess calls by the host's process (thread group) id; only processes that live
 * @param bySyscall calls by name, of ended processes too
 */
public record SyscallCounts(Map<Integer, Long> byProcess, Map<String, Long> bySyscall) {
    /** Keeps copies of the maps. */
    public SyscallCounts {
        byProcess = Map.copyOf(byProcess);
        bySyscall = Map.copyOf(bySyscall);
    }
}
