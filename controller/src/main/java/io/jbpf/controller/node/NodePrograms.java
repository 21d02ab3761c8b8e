package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The BPF programs of this node's pods. Each method that changes something may be called again with the same arguments
 * and then changes nothing; a change of rules is made in place. Implementations allow calls from several threads, but
 * never two at once about the same pod.
 */
public interface NodePrograms extends AutoCloseable {
    /**
     * What is wrong with the name of a system call.
     *
     * @param name such as {@code openat}
     * @return a part of a sentence, with the name; empty if it can be asked for on this machine
     */
    Optional<String> complaintAbout(String name);

    /**
     * Counts, from now on, the system calls of all that is in a pod's cgroup or below it, then or later.
     *
     * @param pod the pod
     * @param cgroup its cgroup v2 directory
     * @param rules which calls
     * @throws ProgramException if it cannot; what was counted before is counted still. {@link ProgramErrorType#DETACHED} if it
     *     was not counted for a while and is again
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
     * @throws ProgramException if it cannot; rules that were in force before are in force still.
     *     {@link ProgramErrorType#DETACHED} if they were not for a while and are again
     */
    void filter(PodIdentity pod, PodNetwork network, FirewallRules rules);

    /**
     * Changes the rules of a filter that is there, without a look at the pod's network. Does nothing where there is none, or
     * it has these rules, or somebody took it off: {@link #filter} sees to that.
     *
     * @param pod the pod
     * @param rules what passes
     * @return whether there were other rules, in whose place these are in force now
     * @throws ProgramException if the new rules are not taken; the old ones are in force still
     */
    boolean changeRules(PodIdentity pod, FirewallRules rules);

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
     * The pods of a name that have a program: the one that is there now, and earlier ones whose end was not come to.
     *
     * @param name where they are or were
     * @return a copy
     */
    default Set<PodIdentity> pods(ObjectKey name) {
        return pods().stream().filter(pod -> pod.key().equals(name)).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * The programs that a pod has.
     *
     * @param pod the pod
     * @return a copy; empty if it has none
     */
    Set<ProgramType> attached(PodIdentity pod);

    /**
     * Reads what was counted for some pods, in as few passes over the kernel's maps as it takes.
     *
     * @param pods the pods
     * @return a reading of each, also of one that has no program
     */
    Map<PodIdentity, PodReading> read(Set<PodIdentity> pods);

    /**
     * Takes this node, if no other process has it: goes on with all that an earlier one has left. Does nothing if this process
     * has it already. Until then nothing is counted or filtered by this process.
     *
     * @return whether this process has the node; if not, another has
     * @throws NodeUnusableException if nothing can be pinned here; it says what to do
     */
    boolean take();

    /**
     * What keeps programs from being attached for now.
     *
     * @return a sentence about what is waited for; empty if attempts will tell
     */
    Optional<String> waiting();

    /**
     * Whether another process waits for the node that this one has.
     *
     * @return true if it should be left to it when this one is not needed
     */
    boolean wanted();

    /** Lets go of the node: all stays in force, counts on, and waits for whoever takes the node next. */
    void leave();

    /**
     * Takes away all that is ours on this node, also what an earlier process left, unless another process has the node; and
     * lets go of it. What a newer version has made stays.
     *
     * @return whether nothing is left to be done; if not, it is to be tried again
     * @throws NodeUnusableException if nothing can be pinned here, and so nothing was
     */
    boolean removeAll();

    /**
     * Looks whether all is attached that should be. Cheap where it is.
     *
     * @return the pods of which something was taken off by somebody else; {@link #count} and {@link #filter} attach it anew
     *     and then fail with {@link ProgramErrorType#DETACHED}, once
     */
    Set<PodIdentity> detached();

    /**
     * Why this process cannot use the node's kernel at all. Cheap to ask again.
     *
     * @return a part of a sentence that says what to do; empty if it can
     */
    default Optional<String> unusableBecause() {
        return Optional.empty();
    }

    /** {@link #leave}. */
    @Override
    void close();
}
