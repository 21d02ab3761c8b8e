package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Programs that exist in memory only: what was asked for can be looked at, and what is counted can be set. */
public final class RecordingPrograms implements NodePrograms {
    /** What a filter was asked for with. */
    public record Filter(PodNetwork network, FirewallRules rules) {}

    private final Map<PodIdentity, SyscallRules> counted = new HashMap<>();
    private final Map<PodIdentity, Filter> filtered = new HashMap<>();
    private final Map<PodIdentity, SyscallCounts> syscalls = new HashMap<>();
    private final Map<PodIdentity, FirewallCounts> packets = new HashMap<>();
    private final Map<PodIdentity, ProgramException> stubborn = new HashMap<>();
    private @Nullable ProgramException refusal;
    private boolean another;
    private boolean wanted;
    private Runnable duringReading = () -> {};
    private Runnable whenLeft = () -> {};
    private int readings;
    private Optional<String> unusable = Optional.empty();

    /** Says of the kernel that it cannot be used, or that it can. */
    public synchronized void setUnusable(Optional<String> why) {
        unusable = why;
    }

    @Override
    public synchronized Optional<String> unusableBecause() {
        return unusable;
    }

    /** Lets every further attachment fail; null lets them succeed. */
    public synchronized void refuse(@Nullable ProgramException failure) {
        refusal = failure;
    }

    /** Sets what the kernel counted. */
    public synchronized void setCounts(PodIdentity pod, SyscallCounts calls, FirewallCounts judged) {
        syscalls.put(pod, calls);
        packets.put(pod, judged);
    }

    /** Lets each attempt to end the counting of a pod fail. */
    public synchronized void refuseToDetach(PodIdentity pod, ProgramException failure) {
        stubborn.put(pod, failure);
    }

    /** Does something during each reading, as letting time pass. */
    public synchronized void letReadingsTake(Runnable during) {
        duringReading = during;
    }

    /** Does something when the node is left or emptied, before it is. */
    public synchronized void whenLeft(Runnable before) {
        whenLeft = before;
    }

    /** How often something was read. */
    public synchronized int readings() {
        return readings;
    }

    /** The rules by which a pod's calls are counted. */
    public synchronized Optional<SyscallRules> counted(PodIdentity pod) {
        return Optional.ofNullable(counted.get(pod));
    }

    /** The filter of a pod. */
    public synchronized Optional<Filter> filtered(PodIdentity pod) {
        return Optional.ofNullable(filtered.get(pod));
    }

    @Override
    public Optional<String> complaintAbout(String name) {
        return name.startsWith("no_such") ? Optional.of("unknown system call '" + name + "'") : Optional.empty();
    }

    @Override
    public synchronized void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        if (refusal != null && refusal.program() == ProgramType.SYSCALL_COUNTER) {
            throw refusal;
        }
        counted.put(pod, rules);
    }

    @Override
    public synchronized void stopCounting(PodIdentity pod) {
        ProgramException failure = stubborn.get(pod);
        if (failure != null) {
            throw failure;
        }
        counted.remove(pod);
        syscalls.remove(pod);
    }

    @Override
    public synchronized void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        if (refusal != null && refusal.program() == ProgramType.L4_FIREWALL) {
            throw refusal;
        }
        filtered.put(pod, new Filter(network, rules));
    }

    @Override
    public synchronized boolean changeRules(PodIdentity pod, FirewallRules rules) {
        Filter there = filtered.get(pod);
        if (there == null || there.rules().equals(rules)) {
            return false;
        }
        filter(pod, there.network(), rules);
        return true;
    }

    @Override
    public synchronized void stopFiltering(PodIdentity pod) {
        filtered.remove(pod);
        packets.remove(pod);
    }

    @Override
    public synchronized Set<PodIdentity> pods() {
        Set<PodIdentity> pods = new HashSet<>(counted.keySet());
        pods.addAll(filtered.keySet());
        return pods;
    }

    @Override
    public synchronized Set<ProgramType> attached(PodIdentity pod) {
        Set<ProgramType> attached = EnumSet.noneOf(ProgramType.class);
        if (counted.containsKey(pod)) {
            attached.add(ProgramType.SYSCALL_COUNTER);
        }
        if (filtered.containsKey(pod)) {
            attached.add(ProgramType.L4_FIREWALL);
        }
        return attached;
    }

    @Override
    public synchronized Map<PodIdentity, PodReading> read(Set<PodIdentity> pods) {
        readings++;
        duringReading.run();
        return pods.stream()
                .collect(Collectors.toMap(
                        pod -> pod,
                        pod -> new PodReading(
                                attached(pod),
                                Optional.ofNullable(syscalls.get(pod)),
                                Optional.ofNullable(packets.get(pod)),
                                List.of())));
    }

    /** Another process has the node, or none has. */
    public synchronized void takenByAnother(boolean isTaken) {
        another = isTaken;
    }

    @Override
    public synchronized boolean take() {
        return !another;
    }

    @Override
    public Optional<String> waiting() {
        return Optional.empty();
    }

    /** Another process waits for the node, or none does. */
    public synchronized void wantedByAnother(boolean isWanted) {
        wanted = isWanted;
    }

    /** Ends what {@link #refuseToDetach} began. */
    public synchronized void letDetach(PodIdentity pod) {
        stubborn.remove(pod);
    }

    @Override
    public synchronized boolean wanted() {
        return wanted;
    }

    @Override
    public synchronized void leave() {
        whenLeft.run();
        counted.clear();
        filtered.clear();
    }

    @Override
    public synchronized boolean removeAll() {
        whenLeft.run();
        counted.keySet().removeIf(pod -> !stubborn.containsKey(pod));
        filtered.clear();
        return counted.isEmpty();
    }

    @Override
    public Set<PodIdentity> detached() {
        return Set.of();
    }

    @Override
    public void close() {
        leave();
    }
}
