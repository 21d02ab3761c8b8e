package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The programs in the running kernel. Nothing is loaded before it is first asked for, so that a controller without the
 * privileges for BPF still writes ConfigMaps and says in every config's status what it lacks.
 *
 * <p>Nothing is pinned: what is attached ends with this object or with the process.
 */
public final class KernelPrograms implements NodePrograms {
    private final CountedPods counted = new CountedPods();
    private final FilteredPods filtered = new FilteredPods();

    @Override
    public Optional<String> complaintAbout(String name) {
        return CountedPods.complaintAbout(name);
    }

    @Override
    public void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        counted.count(pod, cgroup, rules);
    }

    @Override
    public void stopCounting(PodIdentity pod) {
        counted.stop(pod);
    }

    @Override
    public void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        filtered.filter(pod, network, rules);
    }

    @Override
    public void stopFiltering(PodIdentity pod) {
        filtered.stop(pod);
    }

    @Override
    public Set<PodIdentity> pods() {
        Set<PodIdentity> pods = new HashSet<>(counted.pods());
        pods.addAll(filtered.pods());
        return pods;
    }

    @Override
    public Set<ProgramType> attached(PodIdentity pod) {
        Set<ProgramType> attached = EnumSet.noneOf(ProgramType.class);
        if (counted.pods().contains(pod)) {
            attached.add(ProgramType.SYSCALL_COUNTER);
        }
        if (filtered.pods().contains(pod)) {
            attached.add(ProgramType.L4_FIREWALL);
        }
        return attached;
    }

    @Override
    public Map<PodIdentity, PodReading> read(Set<PodIdentity> pods) {
        Map<PodIdentity, SyscallCounts> syscalls = Map.of();
        Optional<ProgramException> failure = Optional.empty();
        try {
            syscalls = counted.read(pods);
        } catch (ProgramException e) {
            failure = Optional.of(e);
        }
        Map<PodIdentity, PodReading> readings = new HashMap<>();
        for (PodIdentity pod : pods) {
            Set<ProgramType> attached = attached(pod);
            List<ProgramException> failures = new ArrayList<>();
            if (attached.contains(ProgramType.SYSCALL_COUNTER)) {
                failure.ifPresent(failures::add);
            }
            Optional<FirewallCounts> packets = Optional.empty();
            try {
                packets = filtered.read(pod);
            } catch (ProgramException e) {
                failures.add(e);
            }
            readings.put(pod, new PodReading(attached, Optional.ofNullable(syscalls.get(pod)), packets, failures));
        }
        return readings;
    }

    @Override
    public void close() {
        filtered.close();
        counted.close();
    }
}
