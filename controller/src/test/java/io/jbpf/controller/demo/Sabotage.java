package io.jbpf.controller.demo;

import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodNetwork;
import io.jbpf.controller.node.PodReading;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Leaves one program out and says nothing of it. The controller believes that all is well; the report must find out that
 * it is not.
 */
record Sabotage(NodePrograms programs, ProgramType leftOut) implements NodePrograms {
    @Override
    public void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        if (leftOut != ProgramType.SYSCALL_COUNTER) {
            programs.count(pod, cgroup, rules);
        }
    }

    @Override
    public void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        if (leftOut != ProgramType.L4_FIREWALL) {
            programs.filter(pod, network, rules);
        }
    }

    @Override
    public Optional<String> complaintAbout(String name) {
        return programs.complaintAbout(name);
    }

    @Override
    public void stopCounting(PodIdentity pod) {
        programs.stopCounting(pod);
    }

    @Override
    public boolean changeRules(PodIdentity pod, FirewallRules rules) {
        return programs.changeRules(pod, rules);
    }

    @Override
    public void stopFiltering(PodIdentity pod) {
        programs.stopFiltering(pod);
    }

    @Override
    public Set<PodIdentity> pods() {
        return programs.pods();
    }

    @Override
    public Set<ProgramType> attached(PodIdentity pod) {
        return programs.attached(pod);
    }

    @Override
    public Map<PodIdentity, PodReading> read(Set<PodIdentity> pods) {
        return programs.read(pods);
    }

    @Override
    public boolean take() {
        return programs.take();
    }

    @Override
    public Optional<String> waiting() {
        return programs.waiting();
    }

    @Override
    public boolean wanted() {
        return programs.wanted();
    }

    @Override
    public void leave() {
        programs.leave();
    }

    @Override
    public boolean removeAll() {
        return programs.removeAll();
    }

    @Override
    public Set<PodIdentity> detached() {
        return programs.detached();
    }

    @Override
    public void close() {
        programs.close();
    }
}
