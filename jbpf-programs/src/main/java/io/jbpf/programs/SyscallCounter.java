package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpffsLock;
import io.jbpf.map.UpdateMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the system calls of cgroups and of processes with their children, exactly. One counter serves any number of
 * targets: what a system call costs does not depend on how many there are.
 *
 * <p>The counts of a target per system call never fall while it is watched. Those per process stay, when the process has
 * ended, until {@link #forgetEnded} takes them.
 *
 * <p>Where targets overlap: of two watched cgroups, one below the other, the inner one has its processes to itself; a
 * process that is followed and is also in a watched cgroup counts for both.
 *
 * <p>A counter is this process's own and ends with it, or it lives in a directory of a bpffs and counts on by itself: who
 * opens the directory next, with this version or a newer one, adopts it with its targets and counts, puts its own programs in
 * place without a call uncounted, and attaches what is missing. One at a time may have the directory open: it is locked
 * ({@link BpffsLock}) until the counter is closed or its process ends.
 *
 * <p>{@code BPF_PROG_TYPE_RAW_TRACEPOINT} with CO-RE: Linux 5.4 with BTF; {@code BPF_PROG_TYPE_TRACING} on the BTF tracepoint,
 * which costs a call less, where the kernel takes it (5.11); {@code BPF_PROG_TYPE_TRACEPOINT} beside it where only that sees
 * every call (7.2), for which tracefs must be there and readable (CAP_DAC_READ_SEARCH). In a directory it counts on between two processes from Linux 5.7;
 * before, links cannot be pinned, and whoever opens the directory attaches anew: the targets and their counts are there, less
 * the calls made in between. Needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8 and for {@link #remove}. Safe for
 * use by many threads.
 */
public final class SyscallCounter implements AutoCloseable {
    private final LoadedCounter loaded;
    private final CounterMaps maps;
    private final Map<TargetId, Watched> watched = new LinkedHashMap<>();
    private final AtomicLong missedRuns = new AtomicLong();
    private int lastNumber = -1;

    /** What a target is: one of the two is there. */
    private record Watched(
            Optional<CgroupDirectory> cgroup, Optional<ProcessTable.Entry> process, SyscallFilter filter) {
        boolean isOf(CgroupDirectory other) {
            return cgroup.filter(own -> own.key() == other.key()).isPresent();
        }

        Watched with(SyscallFilter other) {
            return new Watched(cgroup, process, other);
        }

        TargetLabel label() {
            return cgroup.map(TargetLabel::of)
                    .or(() -> process.map(TargetLabel::of))
                    .orElse(TargetLabel.NONE);
        }

        static Watched of(TargetLabel label, SyscallFilter filter) {
            Optional<CgroupDirectory> cgroup = label.cgroup();
            return new Watched(
                    cgroup,
                    cgroup.isPresent()
                            ? Optional.empty()
                            : Optional.of(new ProcessTable.Entry((int) label.id(), 0, label.startTime(), false)),
                    filter);
        }
    }

    private SyscallCounter(LoadedCounter loaded) {
        this.loaded = loaded;
        this.maps = new CounterMaps(loaded.maps());
    }

    /**
     * Loads and attaches a counter with room for a whole node. It ends when it is closed, or with this process.
     *
     * @throws BpfException if the kernel refuses
     */
    public static SyscallCounter open() {
        return open(CounterSizes.NODE);
    }

    /**
     * Loads and attaches a counter. It ends when it is closed, or with this process.
     *
     * @param sizes what to have room for
     * @throws BpfException if the kernel refuses
     */
    public static SyscallCounter open(CounterSizes sizes) {
        return new SyscallCounter(LoadedCounter.open(sizes));
    }

    /** The same in a given way, whatever else the kernel can do. */
    static SyscallCounter open(CounterSizes sizes, SysEnterHook way) {
        return new SyscallCounter(LoadedCounter.open(sizes, way));
    }

    /**
     * Opens the counter that lives in a directory: adopts the one that is pinned there, or makes it. What a process left half
     * made there is removed first. Closing the counter leaves it there, counting; {@link #remove} ends it.
     *
     * @param sizes what to have room for; one that is adopted keeps the sizes it was made with
     * @param directory in a bpffs; made if it is missing, its parent is not. Other things in it stay untouched
     * @return the counter; {@link #targets} tells what it has adopted
     * @throws io.jbpf.error.LockHeldException if another has it open: a process, or this one already
     * @throws NewerStateException if what is pinned there is a newer version's; nothing was changed
     * @throws IncompatibleStateException if something else that is pinned there is in the way; nothing was changed
     * @throws BpfException if it is not in a bpffs, or the kernel refuses
     */
    public static SyscallCounter open(CounterSizes sizes, Path directory) {
        return open(sizes, directory, Optional.empty());
    }

    /**
     * The same for who has locked the directory, or one above it, already, and goes on holding that: the lock may be for more
     * than the counter.
     *
     * @param sizes as without lock
     * @param directory as without lock
     * @param held a lock of the directory or of one above it, for longer than the counter is open
     * @return the counter
     * @throws IllegalArgumentException if that is not what is locked
     * @throws BpfException as without lock
     */
    public static SyscallCounter open(CounterSizes sizes, Path directory, BpffsLock held) {
        return open(sizes, directory, Optional.of(held));
    }

    private static SyscallCounter open(CounterSizes sizes, Path directory, Optional<BpffsLock> held) {
        return adopted(LoadedCounter.open(sizes, directory, held));
    }

    /** The same in a given way, whatever else the kernel can do; one that is adopted, in its own if that will do. */
    static SyscallCounter open(CounterSizes sizes, Path directory, SysEnterHook way) {
        return adopted(LoadedCounter.open(sizes, directory, Optional.empty(), spec -> List.of(way)));
    }

    private static SyscallCounter adopted(LoadedCounter loaded) {
        try {
            SyscallCounter counter = new SyscallCounter(loaded);
            if (loaded.adopted()) {
                counter.adopt();
            }
            return counter;
        } catch (RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
    }

    /**
     * Ends the counter that lives in a directory, and removes it and the directory, if nothing else is in it. Removed is only
     * what is a counter's: by its name in the directory and in the kernel, and by its tag, its types or what it refers to; if
     * there is nothing, nothing is done.
     *
     * @param directory as it was opened with
     * @throws io.jbpf.error.LockHeldException if a process has it open
     * @throws IncompatibleStateException if something there has a name of ours and is not; nothing was removed
     * @throws NewerStateException if a newer version made it, of which something would be left; nothing was removed
     * @throws BpfException if it is not in a bpffs, or may not be removed
     */
    public static void remove(Path directory) {
        LoadedCounter.remove(directory, Optional.empty());
    }

    /**
     * The same for who has locked the directory, or one above it, already.
     *
     * @param directory as it was opened with
     * @param held a lock of the directory or of one above it
     * @throws IllegalArgumentException if that is not what is locked
     * @throws BpfException as without lock
     */
    public static void remove(Path directory, BpffsLock held) {
        LoadedCounter.remove(directory, Optional.of(held));
    }

    /** The targets are in the kernel. Whoever began to watch one, or to end one, may not have come to the end of it. */
    private synchronized void adopt() {
        for (int number = 0; number < maps.targetCapacity(); number++) {
            CounterMaps.Target target = maps.targets.lookup(number).orElse(CounterMaps.Target.FREE);
            TargetLabel label = maps.labels.lookup(number).orElse(TargetLabel.NONE);
            if (target.isActive() && label.kind() != TargetLabel.Kind.NONE) {
                watched.put(new TargetId(number), Watched.of(label, target.filter()));
            }
        }
        maps.clear(number -> !watched.containsKey(new TargetId(number)));
        announce();
        watched.forEach((target, what) -> {
            what.cgroup().filter(CgroupDirectory::exists).ifPresent(cgroup -> cover(target, cgroup));
            what.process().filter(ProcessTable.Entry::isAlive).ifPresent(process -> followTree(target, process));
        });
        announce();
    }

    /** {@return whether this counter was there before it was opened, with what it had counted} */
    public boolean adopted() {
        return loaded.adopted();
    }

    /** {@return what is counted, by target} */
    public synchronized Map<TargetId, CounterTarget> targets() {
        Map<TargetId, CounterTarget> targets = new LinkedHashMap<>();
        watched.forEach((target, what) -> targets.put(
                target,
                new CounterTarget(
                        what.cgroup().map(CgroupDirectory::path),
                        what.process().map(ProcessTable.Entry::pid),
                        what.filter())));
        return targets;
    }

    /**
     * {@return the target that a cgroup is, if it is one itself}
     *
     * @param directory its directory, by whatever path
     * @throws IllegalArgumentException if it is not a cgroup
     */
    public synchronized Optional<TargetId> find(Path directory) {
        CgroupDirectory cgroup = CgroupDirectory.of(directory);
        return watched.entrySet().stream()
                .filter(each -> each.getValue().isOf(cgroup))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * Counts the processes of a cgroup and of all below it, those there are and those that come.
     *
     * @param directory a directory of the cgroup v2 hierarchy, or of the v1 hierarchy that has the memory controller or, if
     *     that is another, the pids controller
     * @param filter what to count
     * @return the new target, all its counts zero
     * @throws IllegalArgumentException if it is not such a directory, or is a target already
     * @throws BpfException if there is no room for another target or its cgroups, or the kernel refuses
     */
    public synchronized TargetId watchCgroup(Path directory, SyscallFilter filter) {
        CgroupDirectory cgroup = unwatched(directory);
        TargetId target = start(new Watched(Optional.of(cgroup), Optional.empty(), filter));
        try {
            watch(target, cgroup);
            return target;
        } catch (RuntimeException e) {
            unwatch(target);
            throw full(e, "watch cgroup " + directory, "cgroups");
        }
    }

    private CgroupDirectory unwatched(Path directory) {
        CgroupDirectory cgroup = CgroupDirectory.of(directory);
        if (watched.values().stream().anyMatch(other -> other.isOf(cgroup))) {
            throw new IllegalArgumentException("cgroup " + directory + " is watched already");
        }
        return cgroup;
    }

    private void watch(TargetId target, CgroupDirectory cgroup) {
        cover(target, cgroup);
        announce();
        if (!cgroup.exists()) {
            throw new IllegalArgumentException("cgroup " + cgroup.path() + " was removed meanwhile");
        }
    }

    /**
     * Has the target of a cgroup that was removed go on with another one, as when a pod's is made anew: what has been counted
     * stays.
     *
     * @param target as {@link #watchCgroup} gave it
     * @param directory as {@link #watchCgroup} takes it
     * @throws IllegalArgumentException if the target is not watched, is not a cgroup's or its cgroup is still there, or if the
     *     directory is not one that can be watched
     * @throws BpfException if there is no room for the cgroups, or the kernel refuses; the target stays what it was
     */
    public synchronized void moveTo(TargetId target, Path directory) {
        Watched was = require(target);
        CgroupDirectory cgroup = unwatched(directory);
        if (was.cgroup().filter(former -> !former.exists()).isEmpty()) {
            throw new IllegalArgumentException("target " + target.number() + " is not of a cgroup that was removed");
        }
        try {
            become(target, new Watched(Optional.of(cgroup), Optional.empty(), was.filter()));
            watch(target, cgroup);
        } catch (RuntimeException e) {
            become(target, was);
            throw full(e, "watch cgroup " + directory, "cgroups");
        }
    }

    /** Who adopts it watches what the label says. */
    private void become(TargetId target, Watched what) {
        maps.unwatchCgroups(target.number());
        maps.labels.put(target.number(), what.label());
        watched.put(target, what);
    }

    /**
     * Counts a process, its descendants, and all their children to come. A descendant whose parents in between have ended
     * is not recognised as one; a child that is born from now on is, whatever becomes of its parents.
     *
     * @param pid a process id of the host
     * @param filter what to count
     * @return the new target, all its counts zero
     * @throws IllegalArgumentException if there is no such process, or it is followed already
     * @throws BpfException if this runs in a pid namespace of its own, there is no room, or the kernel refuses
     */
    public synchronized TargetId watchProcess(long pid, SyscallFilter filter) {
        ProcessTable.Entry process = ProcessTable.require(pid);
        if (maps.watchedProcesses.lookup(process.pid()).isPresent()) {
            throw new IllegalArgumentException("process " + pid + " is followed already");
        }
        TargetId target = start(new Watched(Optional.empty(), Optional.of(process), filter));
        try {
            followTree(target, process);
            if (!process.isAlive()) {
                throw new IllegalArgumentException("process " + pid + " has ended meanwhile");
            }
            return target;
        } catch (RuntimeException e) {
            unwatch(target);
            throw full(e, "follow process " + pid, "processes");
        }
    }

    /**
     * Ends a target. Its counts are gone.
     *
     * @param target as a {@code watch} method gave it
     * @throws IllegalArgumentException if it is not watched
     */
    public synchronized void unwatch(TargetId target) {
        Watched was = require(target);
        watched.remove(target);
        maps.targets.put(target.number(), CounterMaps.Target.FREE);
        maps.labels.put(target.number(), TargetLabel.NONE);
        maps.clear(target.number());
        // Where a cgroup above is a target too, it has these processes back.
        was.cgroup()
                .flatMap(this::innermostAround)
                .ifPresent(outer -> cover(outer, was.cgroup().orElseThrow()));
        announce();
    }

    /**
     * Counts other system calls from now on; nothing counted is lost, and no call is missed meanwhile.
     *
     * @throws IllegalArgumentException if the target is not watched
     */
    public synchronized void filter(TargetId target, SyscallFilter filter) {
        Watched what = require(target);
        maps.targets.put(target.number(), CounterMaps.Target.active(filter));
        watched.put(target, what.with(filter));
    }

    /** {@return what has been counted for all targets, in one pass over the kernel's maps} */
    public synchronized CounterSnapshot snapshot() {
        Map<TargetId, List<SyscallCount>> syscalls = new LinkedHashMap<>();
        Map<TargetId, List<ProcessCount>> processes = new LinkedHashMap<>();
        watched.keySet().forEach(target -> {
            syscalls.put(target, new ArrayList<>());
            processes.put(target, new ArrayList<>());
        });
        maps.eachSyscall((key, count) -> {
            List<SyscallCount> counts = syscalls.get(new TargetId(key.target()));
            if (counts != null) {
                counts.add(count(key, count));
            }
        });
        maps.eachProcess((key, value) -> {
            List<ProcessCount> counts = processes.get(new TargetId(key.target()));
            if (counts != null) {
                counts.add(new ProcessCount(key.tgid(), value.count(), value.ended()));
            }
        });
        syscalls.replaceAll((target, counts) -> sorted(counts));
        processes.replaceAll((target, counts) -> inOrder(counts));
        return new CounterSnapshot(
                Collections.unmodifiableMap(syscalls), Collections.unmodifiableMap(processes), dropped());
    }

    private static List<SyscallCount> sorted(List<SyscallCount> counts) {
        counts.sort(Comparator.comparingLong(SyscallCount::count).reversed());
        return Collections.unmodifiableList(counts);
    }

    /** One of each process. */
    private static List<ProcessCount> inOrder(List<ProcessCount> counts) {
        counts.sort(Comparator.comparingInt(ProcessCount::pid));
        for (int i = counts.size() - 1; i > 0; i--) {
            if (counts.get(i).pid() == counts.get(i - 1).pid()) {
                counts.remove(i - 1);
            }
        }
        return Collections.unmodifiableList(counts);
    }

    private static SyscallCount count(CounterMaps.SyscallKey key, long count) {
        SyscallAbi abi = SyscallAbi.of(key.abi());
        return new SyscallCount(abi, key.number(), abi.name(key.number()), count);
    }

    /**
     * {@return the target's counts by system call, the most frequent first}
     *
     * @throws IllegalArgumentException if it is not watched
     */
    public synchronized List<SyscallCount> syscalls(TargetId target) {
        require(target);
        return snapshot().syscalls(target);
    }

    /**
     * {@return the target's counts by process, in the order of their ids}
     *
     * @throws IllegalArgumentException if it is not watched
     */
    public synchronized List<ProcessCount> processes(TargetId target) {
        require(target);
        return snapshot().processes(target);
    }

    /**
     * Makes room by taking the counts of ended processes out of those per process. The counts per system call keep them.
     *
     * @return the ended processes with what they had in the end
     * @throws IllegalArgumentException if the target is not watched
     */
    public synchronized List<ProcessCount> forgetEnded(TargetId target) {
        require(target);
        List<ProcessCount> ended =
                processes(target).stream().filter(ProcessCount::ended).toList();
        return ended.stream()
                .filter(process -> maps.forget(target.number(), process.pid()))
                .toList();
    }

    /**
     * {@return whether nothing more can be counted: the process and all its children have ended, or the cgroup is gone}
     *
     * @throws IllegalArgumentException if the target is not watched
     */
    public synchronized boolean isOver(TargetId target) {
        Watched what = require(target);
        return what.cgroup().isPresent()
                ? !what.cgroup().get().exists()
                : !maps.watchedProcesses.entries().containsValue(target.number());
    }

    /** {@return what could not be counted since the counter was made} */
    public CounterDrops dropped() {
        // Read in this order, it may tell less for a moment, never more than there is; and it never falls.
        return maps.drops(missedRuns.accumulateAndGet(loaded.missedRuns(maps::rescued), Math::max));
    }

    /**
     * Pins anew what somebody has removed of a counter that lives in a directory, maps with all that was counted included: as
     * long as the counter is open, nothing ends with its pin. Costs a look at the directory where nothing is missing.
     *
     * @return whether it was attached no longer, so that calls were missed: on Linux 5.7 a link that was adopted ends with its pin
     * @throws BpfException if the kernel refuses
     */
    public synchronized boolean mend() {
        return loaded.mend();
    }

    /** Puts the programs in their slots again, as a newer version does that adopts the counter. */
    void reinstall() {
        loaded.install();
    }

    /** {@return how many entries there are of single processes, ended or not} */
    int leftovers() {
        return maps.processEntries();
    }

    /** {@return how many calls of whomever were seen though the program that counts was left out} */
    long rescued() {
        return maps.rescued();
    }

    /** {@return how it sees system calls} */
    SysEnterHook way() {
        return loaded.way();
    }

    /** Detaches and frees everything, and the counts are gone; a counter that lives in a directory goes on there. */
    @Override
    public synchronized void close() {
        loaded.close();
        watched.clear();
    }

    private Watched require(TargetId target) {
        Watched found = watched.get(target);
        if (found == null) {
            throw new IllegalArgumentException("target " + target.number() + " is not watched");
        }
        return found;
    }

    private TargetId start(Watched what) {
        TargetLabel label = what.label();
        TargetId target = freeTarget();
        // A program that was still running when this number was given back may have left something.
        maps.clear(target.number());
        maps.labels.put(target.number(), label);
        maps.targets.put(target.number(), CounterMaps.Target.active(what.filter()));
        watched.put(target, what);
        lastNumber = target.number();
        announce();
        return target;
    }

    /** The numbers go round, so that one that was just given back rests longest. */
    private TargetId freeTarget() {
        for (int step = 1; step <= maps.targetCapacity(); step++) {
            TargetId target = new TargetId((lastNumber + step) % maps.targetCapacity());
            if (!watched.containsKey(target)) {
                return target;
            }
        }
        throw new BpfException("all " + maps.targetCapacity()
                + " targets are taken: open the counter with larger CounterSizes, or unwatch one");
    }

    private void announce() {
        Set<CgroupHierarchy> hierarchies = EnumSet.noneOf(CgroupHierarchy.class);
        watched.values().forEach(each -> each.cgroup().ifPresent(cgroup -> hierarchies.add(cgroup.hierarchy())));
        maps.tidyGate();
        maps.watch(hierarchies, watched.values().stream().anyMatch(each -> each.process()
                .isPresent()));
    }

    /** From the top: what is made below a cgroup that has its entry inherits it in the kernel. */
    private void cover(TargetId target, CgroupDirectory top) {
        top.walk(cgroup -> {
            boolean anothers = watched.entrySet().stream()
                    .anyMatch(other ->
                            !other.getKey().equals(target) && other.getValue().isOf(cgroup));
            if (anothers) {
                return false;
            }
            maps.watchCgroup(cgroup, target.number());
            return true;
        });
    }

    private Optional<TargetId> innermostAround(CgroupDirectory inner) {
        return watched.entrySet().stream()
                .filter(each -> each.getValue()
                        .cgroup()
                        .filter(outer -> outer.hierarchy() == inner.hierarchy()
                                && inner.path().startsWith(outer.path()))
                        .isPresent())
                .max(Comparator.comparingInt(
                        each -> each.getValue().cgroup().orElseThrow().path().getNameCount()))
                .map(Map.Entry::getKey);
    }

    private void followTree(TargetId target, ProcessTable.Entry root) {
        follow(target, root);
        while (ProcessTable.now().tree(root.pid()).stream()
                .map(descendant -> follow(target, descendant))
                .reduce(false, Boolean::logicalOr)) {
            // Who was born of a process that was not followed yet is found in the next round.
        }
    }

    /** Answers whether it was not followed before. */
    private boolean follow(TargetId target, ProcessTable.Entry process) {
        boolean added = maps.watchedProcesses.update(process.pid(), target.number(), UpdateMode.IF_ABSENT);
        if (added && !process.isAlive()) {
            // It ended before the entry was there to be removed by its end.
            maps.watchedProcesses.delete(process.pid());
            return false;
        }
        return added;
    }

    private static RuntimeException full(RuntimeException e, String activity, String what) {
        boolean full =
                e instanceof SystemCallException refused && refused.errno().equals(Errno.E2BIG);
        return full
                ? new BpfException(
                        "cannot " + activity + ": no room for more " + what
                                + "; open the counter with larger CounterSizes",
                        e)
                : e;
    }
}
