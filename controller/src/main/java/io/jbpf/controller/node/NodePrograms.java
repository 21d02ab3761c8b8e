package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The BPF programs of this node's pods. Each method that changes something may be called again with the same arguments
 * and then changes nothing; a change of rules is made in place. Implementations allow calls from several threads, but
 * never two at once about the same pod.
 */
public interface NodePrograms extends AutoCloseable {
    /**
     * Whether a name is one of a system call on any architecture of Linux.
     *
     * @param name such as {@code openat}
     * @return whether it can be asked for
     */
    boolean knowsSyscall(String name);

    /**
     * Counts, from now on, the system calls of all that is in a pod's cgroup or below it, then or later.
     *
     * @param pod the pod
     * @param cgroup its cgroup v2 directory
     * @param rules which calls
     * @throws ProgramException if it cannot; what was counted before is counted still
     */
    void count(PodIdentity pod, Path cgroup, SyscallRules rules);

    /**
     * Stops counting and forgets what was counted. Does nothing for a pod that is not counted.
     *
     * @param pod the pod
     * @throws ProgramException if it cannot
     */
    void stopCounting(PodIdentity pod);

    /**
     * Filters, from now on, what arrives at a pod's interface.
     *
     * @param pod the pod
     * @param network its interface
     * @param rules what passes
     * @throws ProgramException if it cannot; rules that were in force before are in force still
     */
    void filter(PodIdentity pod, PodNetwork network, FirewallRules rules);

    /**
     * Stops filtering and forgets the counts. Does nothing for a pod that is not filtered.
     *
     * @param pod the pod
     * @throws ProgramException if it cannot
     */
    void stopFiltering(PodIdentity pod);

    /**
     * The pods that have a program.
     *
     * @return a copy
     */
    Set<PodIdentity> pods();

    /**
     * The programs that a pod has.
     *
     * @param pod the pod
     * @return a copy; empty if it has none
     */
    Set<ProgramType> attached(PodIdentity pod);

    /**
     * What was counted.
     *
     * @param pod the pod
     * @return empty if its calls are not counted
     * @throws ProgramException if the kernel could not be read
     */
    Optional<SyscallCounts> syscallCounts(PodIdentity pod);

    /**
     * What the filter judged.
     *
     * @param pod the pod
     * @return empty if it is not filtered
     * @throws ProgramException if the kernel could not be read
     */
    Optional<FirewallCounts> firewallCounts(PodIdentity pod);

    /** Lets go of the kernel. */
    @Override
    void close();
}
