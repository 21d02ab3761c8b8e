package io.jbpf.controller.node;

import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.programs.CounterSizes;
import io.jbpf.programs.CounterSnapshot;
import io.jbpf.programs.CounterTarget;
import io.jbpf.programs.NewerStateException;
import io.jbpf.programs.ProcessCount;
import io.jbpf.programs.SyscallCount;
import io.jbpf.programs.SyscallCounter;
import io.jbpf.programs.SyscallFilter;
import io.jbpf.programs.Syscalls;
import io.jbpf.programs.TargetId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods whose system calls are counted, all by the one counter of this node, which is pinned. An empty directory for each
 * tells whoever takes the node next which target is which pod.
 */
final class CountedPods {
    private static final Logger LOG = LoggerFactory.getLogger(CountedPods.class);

    /** Ended processes take room in the kernel; making it costs a pass over its map, so not for each of them. */
    private static final int ENDED_TO_FORGET = 64;

    /** At once: of a thousand pods all are looked at in forty seconds. Nobody needs a record before this process ends. */
    private static final int MOST_RECORDS = 50;

    private static final Pattern RECORD = Pattern.compile("([^_]+)_([0-9]{1,9})");

    private record Counted(Path cgroup, TargetId target, SyscallFilter filter) {}

    private final NodeDirectory node;
    private final Map<PodIdentity, Counted> pods = new ConcurrentHashMap<>();
    private final Set<PodIdentity> lost = ConcurrentHashMap.newKeySet();
    private volatile @Nullable ProgramException unusable;
    private @Nullable BpffsLock lock;
    private @Nullable SyscallCounter counter;
    private final Round<PodIdentity> records = new Round<>(pods.keySet(), MOST_RECORDS);

    CountedPods(NodeDirectory node) {
        this.node = node;
    }

    /**
     * Goes on with what is pinned.
     *
     * @param held the node lock, until {@link #leave}
     */
    synchronized void adopt(BpffsLock held) {
        lock = held;
        unusable = null;
        if (!Files.isDirectory(node.counter())) {
            return;
        }
        try {
            adopt(counter());
        } catch (NewerStateException e) {
            unusable = Failures.of(
                    ProgramType.SYSCALL_COUNTER,
                    ProgramErrorType.STATE_FROM_NEWER_VERSION,
                    "The counting on this node stays as it is",
                    e);
            LOG.error("{}", unusable.getMessage());
        } catch (BpfException e) {
            LOG.error("The counting on this node stays as it is for now: {}", e.getMessage());
        }
    }

    private void adopt(SyscallCounter open) {
        Map<TargetId, CounterTarget> targets = new HashMap<>(open.targets());
        for (Path directory : NodeDirectory.ofPods(node.counted())) {
            Matcher record = RECORD.matcher(NodeDirectory.name(directory));
            Optional<TargetId> target =
                    record.matches() ? Optional.of(new TargetId(Integer.parseInt(record.group(2)))) : Optional.empty();
            Optional<CounterTarget> found = target.map(targets::get);
            if (target.isPresent() && found.flatMap(CounterTarget::cgroup).isPresent()) {
                pods.put(
                        new PodIdentity(NodeDirectory.pod(directory), record.group(1)),
                        new Counted(
                                found.get().cgroup().orElseThrow(),
                                target.get(),
                                found.get().filter()));
                targets.remove(target.get());
            } else {
                NodeDirectory.remove(node.counted(), directory);
            }
        }
        // Whoever made them was ended before he could tell whose they are.
        targets.keySet().forEach(open::unwatch);
    }

    private Path record(PodIdentity pod, TargetId target) {
        return NodeDirectory.of(node.counted(), pod, pod.uid() + "_" + target.number());
    }

    static Optional<String> complaintAbout(String name) {
        try {
            Syscalls.current().resolve(name);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        requireUsable();
        Counted before = pods.get(pod);
        ProgramErrorType ifItFails = before == null ? ProgramErrorType.ATTACH_FAILED : ProgramErrorType.UPDATE_FAILED;
        try {
            SyscallFilter filter = SyscallFilter.of(rules.names());
            SyscallCounter open = counter();
            if (before == null) {
                begin(pod, open, cgroup, filter);
            } else if (open.isOver(before.target)) {
                // The pod's cgroup was made anew, and what the pod has done before was done by it.
                open.moveTo(before.target, cgroup);
                goOn(pod, open, new Counted(cgroup, before.target, before.filter), filter);
            } else if (isOf(open, before, cgroup)) {
                goOn(pod, open, before, filter);
            } else {
                stop(pod);
                begin(pod, open, cgroup, filter);
            }
        } catch (BpfException | IllegalArgumentException e) {
            throw Failures.of(ProgramType.SYSCALL_COUNTER, ifItFails, "System calls are not counted", e);
        }
        if (lost.remove(pod)) {
            throw new ProgramException(
                    ProgramType.SYSCALL_COUNTER,
                    ProgramErrorType.DETACHED,
                    "Somebody had taken the pins of the counter's links away, and with them the links; system calls made until"
                            + " it was attached anew are not counted.",
                    null);
        }
    }

    private void begin(PodIdentity pod, SyscallCounter open, Path cgroup, SyscallFilter filter) {
        TargetId target = open.watchCgroup(cgroup, filter);
        pods.put(pod, new Counted(cgroup, target, filter));
        BpfFs unused = NodeDirectory.make(record(pod, target));
    }

    private void goOn(PodIdentity pod, SyscallCounter open, Counted counted, SyscallFilter filter) {
        if (!counted.filter.equals(filter)) {
            open.filter(counted.target, filter);
        }
        pods.put(pod, new Counted(counted.cgroup, counted.target, filter));
    }

    private static boolean isOf(SyscallCounter open, Counted counted, Path cgroup) {
        return counted.cgroup.equals(cgroup) || open.find(cgroup).equals(Optional.of(counted.target));
    }

    private void requireUsable() {
        ProgramException why = unusable;
        if (why != null) {
            throw why;
        }
    }

    void stop(PodIdentity pod) {
        Counted counted = pods.remove(pod);
        lost.remove(pod);
        if (counted != null) {
            try {
                counter().unwatch(counted.target);
                NodeDirectory.remove(node.counted(), record(pod, counted.target));
            } catch (BpfException e) {
                throw Failures.of(
                        ProgramType.SYSCALL_COUNTER,
                        ProgramErrorType.DETACH_FAILED,
                        "Counting could not be stopped in order",
                        e);
            }
        }
    }

    /** Mends the counter if something of it was removed, and tells who was not counted for a while. */
    Set<PodIdentity> detached() {
        SyscallCounter open;
        synchronized (this) {
            open = counter;
        }
        try {
            if (open != null && open.mend()) {
                LOG.warn("Somebody had removed links of the counter of system calls; they are attached anew.");
                lost.addAll(pods.keySet());
            }
        } catch (BpfException e) {
            LOG.warn("It cannot be told whether system calls are counted: {}", e.getMessage());
        }
        records.go(this::mendRecord);
        return Set.copyOf(lost);
    }

    /** Without its record the next process would not know whose a target is, and end it. */
    private void mendRecord(PodIdentity pod) {
        // Not of one that has just ended.
        pods.computeIfPresent(pod, (each, counted) -> {
            Path record = record(each, counted.target);
            if (!Files.isDirectory(record)) {
                makeRecord(record);
            }
            return counted;
        });
    }

    private static void makeRecord(Path record) {
        try {
            BpfFs unused = NodeDirectory.make(record);
        } catch (BpfException e) {
            LOG.warn("{} is missing, by which the next process would know the pod: {}", record, e.getMessage());
        }
    }

    Set<PodIdentity> pods() {
        return pods.keySet();
    }

    /** Tells of the pods of a name. */
    void each(ObjectKey name, Consumer<PodIdentity> told) {
        for (PodIdentity pod : pods.keySet()) {
            if (pod.key().equals(name)) {
                told.accept(pod);
            }
        }
    }

    Map<PodIdentity, SyscallCounts> read(Set<PodIdentity> wanted) {
        Map<PodIdentity, SyscallCounts> read = new HashMap<>();
        if (wanted.stream().noneMatch(pods::containsKey)) {
            return read;
        }
        try {
            SyscallCounter open = counter();
            CounterSnapshot snapshot = open.snapshot();
            pods.forEach((pod, counted) -> {
                if (wanted.contains(pod)) {
                    read.put(pod, counts(open, snapshot, counted.target));
                }
            });
            return read;
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.SYSCALL_COUNTER,
                    ProgramErrorType.READ_FAILED,
                    "The counts of system calls could not be read",
                    e);
        }
    }

    private SyscallCounts counts(SyscallCounter open, CounterSnapshot snapshot, TargetId target) {
        Map<Integer, Long> byProcess = new HashMap<>();
        int ended = 0;
        for (ProcessCount process : snapshot.processes(target)) {
            if (process.ended()) {
                ended++;
            } else {
                byProcess.merge(process.pid(), process.count(), Long::sum);
            }
        }
        Map<String, Long> bySyscall = new HashMap<>();
        for (SyscallCount call : snapshot.syscalls(target)) {
            bySyscall.merge(call.name(), call.count(), Long::sum);
        }
        if (ended >= ENDED_TO_FORGET) {
            open.forgetEnded(target);
        }
        return new SyscallCounts(byProcess, bySyscall);
    }

    private synchronized SyscallCounter counter() {
        if (counter == null) {
            counter = SyscallCounter.open(CounterSizes.NODE, node.counter(), Objects.requireNonNull(lock));
        }
        return counter;
    }

    /** Lets go of all, which counts on. */
    synchronized void leave() {
        pods.clear();
        lost.clear();
        unusable = null;
        if (counter != null) {
            counter.close();
            counter = null;
        }
        lock = null;
    }

    /** Takes all away; answers whether nothing is left to be done. */
    synchronized boolean removeAll() {
        BpffsLock held = lock;
        if (unusable != null || held == null) {
            return true;
        }
        try {
            if (counter != null) {
                counter.close();
                counter = null;
            }
            pods.clear();
            if (Files.isDirectory(node.counter())) {
                SyscallCounter.remove(node.counter(), held);
            }
            NodeDirectory.removeEmpty(node.counted());
            return true;
        } catch (BpfException e) {
            LOG.warn("The counter of system calls is not taken away yet: {}", e.getMessage());
            return false;
        }
    }
}
