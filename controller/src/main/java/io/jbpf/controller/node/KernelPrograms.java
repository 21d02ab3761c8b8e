package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The programs in the running kernel, all pinned in one directory of a bpffs: they outlive the process, and whoever has the
 * lock of the directory, the node lock, goes on with them. No program is loaded before there is one to be attached or taken
 * up, so that a controller without the privileges for BPF still writes ConfigMaps and says in every config's status what it
 * lacks.
 */
public final class KernelPrograms implements NodePrograms {
    private static final Logger LOG = LoggerFactory.getLogger(KernelPrograms.class);

    private static final long TELL_NANOS = 1_000_000_000L;

    private final NodeDirectory node;
    private final CountedPods counted;
    private final FilteredPods filtered;
    private final KernelAccess access = new KernelAccess();
    private volatile @Nullable BpffsLock lock;
    private volatile @Nullable NodeUnusableException unusable;
    private volatile String waitingFor = "This process is about to see to the programs of this node.";
    private boolean warm;
    private long toldAt = System.nanoTime() - TELL_NANOS;

    /**
     * The programs of a node, which are not taken yet.
     *
     * @param bpffsRoot the directory in a bpffs where all is pinned
     * @param proc where the node's processes are seen
     * @param netns where runtimes keep network namespaces; it need not be there
     */
    public KernelPrograms(Path bpffsRoot, Path proc, Path netns) {
        node = new NodeDirectory(bpffsRoot);
        counted = new CountedPods(node);
        filtered = new FilteredPods(node, new VisibleNamespaces(new KernelNamespaces(), proc, netns));
    }

    @Override
    public synchronized boolean take() {
        if (lock != null) {
            return true;
        }
        Optional<BpffsLock> acquired;
        try {
            acquired = BpffsLock.tryAcquire(node.root());
            if (acquired.isEmpty()) {
                BpfFs unused = NodeDirectory.make(node.wanted());
            }
        } catch (BpfException e) {
            unusable = new NodeUnusableException(
                    "Nothing can be attached on this node: " + e.getMessage()
                            + ". Run jbpf-controller prepare-node on it as root, with the same BPFFS_ROOT.",
                    e);
            throw unusable;
        }
        unusable = null;
        if (acquired.isEmpty()) {
            tellHolder();
            if (!warm) {
                warm = true;
                FilteredPods.warmUp();
            }
            return false;
        }
        lock = acquired.get();
        NodeDirectory.removeIfEmpty(node.wanted());
        counted.adopt(acquired.get());
        filtered.adopt();
        if (!pods().isEmpty()) {
            LOG.info("{} pods have programs that an earlier process attached.", pods().size());
        }
        return true;
    }

    @Override
    public Optional<String> waiting() {
        if (lock != null || unusable != null) {
            return Optional.empty();
        }
        return Optional.of(waitingFor);
    }

    /** Asked for by many, again and again. */
    private void tellHolder() {
        long now = System.nanoTime();
        if (now - toldAt >= TELL_NANOS) {
            toldAt = now;
            List<Long> holders = BpffsLock.holders(node.root());
            waitingFor = "Another process still sees to the programs of this node"
                    + (holders.isEmpty() ? "." : ": " + holders + ".");
        }
    }

    @Override
    public boolean wanted() {
        return Files.isDirectory(node.wanted());
    }

    @Override
    public synchronized void leave() {
        BpffsLock held = lock;
        lock = null;
        filtered.leave();
        counted.leave();
        if (held != null) {
            held.close();
        }
    }

    @Override
    public synchronized boolean removeAll() {
        if (!take()) {
            return false;
        }
        try {
            boolean packets = filtered.removeAll();
            return counted.removeAll() && packets;
        } finally {
            leave();
        }
    }

    @Override
    public Set<PodIdentity> detached() {
        if (lock == null) {
            return Set.of();
        }
        Set<PodIdentity> detached = new HashSet<>(filtered.detached());
        detached.addAll(counted.detached());
        return detached;
    }

    @Override
    public Optional<String> unusableBecause() {
        return access.missing().or(node::unusableBecause);
    }

    private void require(ProgramType program) {
        NodeUnusableException why = unusable;
        if (lock == null) {
            throw why == null
                    ? new ProgramException(
                            program,
                            ProgramErrorType.ATTACH_FAILED,
                            "Another process sees to the programs of this node.",
                            null)
                    : new ProgramException(
                            program,
                            ProgramErrorType.NODE_NOT_PREPARED,
                            Objects.requireNonNullElse(why.getMessage(), ""),
                            why);
        }
    }

    @Override
    public Optional<String> complaintAbout(String name) {
        return CountedPods.complaintAbout(name);
    }

    @Override
    public void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        require(ProgramType.SYSCALL_COUNTER);
        counted.count(pod, cgroup, rules);
    }

    @Override
    public void stopCounting(PodIdentity pod) {
        counted.stop(pod);
    }

    @Override
    public void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        require(ProgramType.L4_FIREWALL);
        filtered.filter(pod, network, rules);
    }

    @Override
    public boolean changeRules(PodIdentity pod, FirewallRules rules) {
        require(ProgramType.L4_FIREWALL);
        return filtered.changeRules(pod, rules);
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
    public Set<PodIdentity> pods(ObjectKey name) {
        // Asked for each pod that is looked at: copies of all would be most of what there is to clear away.
        Set<PodIdentity> pods = new HashSet<>();
        counted.each(name, pods::add);
        filtered.each(name, pods::add);
        return pods;
    }

    @Override
    public Set<ProgramType> attached(PodIdentity pod) {
        Set<ProgramType> attached = EnumSet.noneOf(ProgramType.class);
        if (counted.pods().contains(pod)) {
            attached.add(ProgramType.SYSCALL_COUNTER);
        }
        if (filtered.has(pod)) {
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
        leave();
    }
}
