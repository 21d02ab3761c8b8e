package io.jbpf.controller.node;

import io.jbpf.error.BpfException;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.object.MapType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.Support;
import java.util.Optional;

/** Whether this process may use the node's kernel: found out by trying, with objects that are let go at once. */
final class KernelAccess {
    private static final String REMEDY = "; the container needs the capabilities SYS_ADMIN, NET_ADMIN and BPF, and a"
            + " seccomp profile that lets it call bpf(2) and setns(2)";

    private boolean granted;

    /** What is missing, a part of a sentence; empty if nothing is. What was granted once is not asked for again. */
    synchronized Optional<String> missing() {
        if (granted) {
            return Optional.empty();
        }
        Optional<String> missing = refused("no BPF map can be made", KernelProbes.mapType(MapType.HASH))
                // The kernel wants CAP_NET_ADMIN for these, and CAP_PERFMON or CAP_SYS_ADMIN for those.
                .or(() -> refused(
                        "no program of the L4 firewall can be loaded",
                        KernelProbes.programType(io.jbpf.object.ProgramType.SCHED_CLS)))
                .or(() -> refused(
                        "no program of the system call counter can be loaded",
                        KernelProbes.programType(io.jbpf.object.ProgramType.RAW_TRACEPOINT)))
                .or(KernelAccess::noEntry);
        granted = missing.isEmpty();
        return missing;
    }

    private static Optional<String> refused(String what, Support support) {
        return support.isSupported() ? Optional.empty() : Optional.of(what + " (" + support.reason() + ")" + REMEDY);
    }

    /** Entering the namespace that one is in takes the same rights as entering a pod's. */
    private static Optional<String> noEntry() {
        try (NetworkNamespace own = NetworkNamespace.current()) {
            return own.call(Optional::empty);
        } catch (BpfException e) {
            return Optional.of("no network namespace can be entered (" + e.getMessage() + ")" + REMEDY);
        }
    }
}
