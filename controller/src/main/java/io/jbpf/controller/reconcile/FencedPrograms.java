package io.jbpf.controller.reconcile;

import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodNetwork;
import io.jbpf.controller.node.PodReading;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Programs that only a leader may change. A change asks for leadership when it begins, and is finished before the node is
 * taken, left or emptied, so that nothing is attached after all was taken away.
 */
public final class FencedPrograms implements NodePrograms {
    private final NodePrograms programs;
    private final Leadership leadership;
    private final ReadWriteLock lock = new ReentrantReadWriteLock(true);

    /**
     * Fences programs.
     *
     * @param programs the programs
     * @param leadership who may change them
     */
    public FencedPrograms(NodePrograms programs, Leadership leadership) {
        this.programs = programs;
        this.leadership = leadership;
    }

    private void change(Runnable change) {
        lock.readLock().lock();
        try {
            leadership.require();
            change.run();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Does something while no program is being changed or read. */
    private <T> T between(Supplier<T> task) {
        lock.writeLock().lock();
        try {
            return task.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T whileThere(Supplier<T> look) {
        lock.readLock().lock();
        try {
            return look.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Optional<String> complaintAbout(String name) {
        return programs.complaintAbout(name);
    }

    @Override
    public void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        change(() -> programs.count(pod, cgroup, rules));
    }

    @Override
    public void stopCounting(PodIdentity pod) {
        change(() -> programs.stopCounting(pod));
    }

    @Override
    public void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        change(() -> programs.filter(pod, network, rules));
    }

    @Override
    public boolean changeRules(PodIdentity pod, FirewallRules rules) {
        lock.readLock().lock();
        try {
            leadership.require();
            return programs.changeRules(pod, rules);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void stopFiltering(PodIdentity pod) {
        change(() -> programs.stopFiltering(pod));
    }

    @Override
    public Optional<String> unusableBecause() {
        return programs.unusableBecause();
    }

    @Override
    public Set<PodIdentity> pods() {
        return programs.pods();
    }

    @Override
    public Set<PodIdentity> pods(ObjectKey name) {
        return programs.pods(name);
    }

    @Override
    public Set<ProgramType> attached(PodIdentity pod) {
        return programs.attached(pod);
    }

    @Override
    public Map<PodIdentity, PodReading> read(Set<PodIdentity> pods) {
        return whileThere(() -> programs.read(pods));
    }

    @Override
    public boolean take() {
        return between(programs::take);
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
        boolean unused = between(() -> {
            programs.leave();
            return true;
        });
    }

    @Override
    public boolean removeAll() {
        return between(programs::removeAll);
    }

    @Override
    public Set<PodIdentity> detached() {
        return whileThere(programs::detached);
    }

    @Override
    public void close() {
        programs.close();
    }
}
