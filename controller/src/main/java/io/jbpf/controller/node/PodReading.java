package io.jbpf.controller.node;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel had counted for a pod when it was read.
 *
 * @param attached the pod's programs
 * @param syscalls what its processes called; empty if that is not counted or could not be read
 * @param firewall what its filter judged; empty if there is none or it could not be read
 * @param failures why something that should be there is not
 */
public record PodReading(
        Set<ProgramType> attached,
        Optional<SyscallCounts> syscalls,
        Optional<FirewallCounts> firewall,
        List<ProgramException> failures) {
    /** Keeps copies. */
    public PodReading {
        attached = Set.copyOf(attached);
        failures = List.copyOf(failures);
    }
}
