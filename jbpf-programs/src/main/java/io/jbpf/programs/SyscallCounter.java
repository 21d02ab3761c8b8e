package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.link.Link;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.map.UpdateMode;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
 * <p>{@code BPF_PROG_TYPE_RAW_TRACEPOINT} with CO-RE: Linux 5.4 with BTF. Needs CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN before Linux 5.8. Safe for use by many threads.
 */
public final class SyscallCounter implements AutoCloseable {
    private final BpfObject object;
    private final CounterMaps maps;
    private final List<Link> links;
    private final Map<TargetId, Watched> watched = new LinkedHashMap<>();
    private int lastNumber = -1;

    /** What a target is: one of the two is there. */
    private record Watched(Optional<CgroupDirectory> cgroup, Optional<ProcessTable.Entry> process) {
        boolean isOf(CgroupDirectory other) {
            return cgroup.filter(own -> own.id() == other.id()).isPresent();
        }
    }

    private SyscallCounter(BpfObject object, List<Link> links) {
        this.object = object;
        this.maps = new CounterMaps(object);
        this.links = List.copyOf(links);
    }

    /**
     * Loads and attaches a counter with room for a whole node.
     *
     * @throws BpfException if the kernel refuses
     */
    public static SyscallCounter open() {
        return open(CounterSizes.NODE);
    }

    /**
     * Loads and attaches a counter.
     *
     * @param sizes what to have room for
     * @throws BpfException if the kernel refuses
     */
    public static SyscallCounter open(CounterSizes sizes) {
        ObjectSpec spec = Bytecode.SYSCALL_COUNTER
                .spec()
                .withMap("targets", map -> map.withMaxEntries(sizes.targets()))
                .withMap("watched_cgroups", map -> map.withMaxEntries(sizes.cgroups()))
                .withMap("watched_tgids", map -> map.withMaxEntries(sizes.processes()))
                .withMap("process_counts", map -> map.withMaxEntries(sizes.processes()))
                .withMap("syscall_counts", map -> map.withMaxEntries(sizes.syscalls()));
        BpfObject object = BpfObject.load(spec);
        List<Link> links = new ArrayList<>();
        try {
            for (ProgramSpec program : spec.programs().values()) {
                links.add(RawTracepointLink.attach(object.program(program.name()), program.attachTarget()));
            }
            return new SyscallCounter(object, links);
        } catch (RuntimeException e) {
            links.forEach(Link::close);
            object.close();
            throw e;
        }
    }

    /**
     * Counts the processes of a cgroup and of all below it, those there are and those that come.
     *
     * @param directory a directory of a cgroup v2 hierarchy
     * @param filter what to count
     * @return the new target, all its counts zero
     * @throws IllegalArgumentException if it is not such a directory, or is a target already
     * @throws BpfException if there is no room for another target or its cgroups, or the kernel refuses
     */
    public synchronized TargetId watchCgroup(Path directory, SyscallFilter filter) {
        CgroupDirectory cgroup = CgroupDirectory.of(directory);
        if (watched.values().stream().anyMatch(other -> other.isOf(cgroup))) {
            throw new IllegalArgumentException("cgroup " + directory + " is watched already");
        }
        TargetId target = start(new Watched(Optional.of(cgroup), Optional.empty()), filter);
        try {
            cover(target, cgroup);
            if (!cgroup.exists()) {
                throw new IllegalArgumentException("cgroup " + directory + " was removed meanwhile");
            }
            return target;
        } catch (RuntimeException e) {
            unwatch(target);
            throw full(e, "watch cgroup " + directory, "cgroups");
        }
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
        TargetId target = start(new Watched(Optional.empty(), Optional.of(process)), filter);
        try {
            follow(target, process);
            while (ProcessTable.now().tree(process.pid()).stream()
                    .map(descendant -> follow(target, descendant))
                    .reduce(false, Boolean::logicalOr)) {
                // Who was born of a process that was not followed yet is found in the next round.
            }
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
        announce();
        maps.targets.put(target.number(), CounterMaps.Target.FREE);
        maps.clear(target.number());
        // Where a cgroup above is a target too, it has these processes back.
        was.cgroup()
                .flatMap(this::innermostAround)
                .ifPresent(outer -> cover(outer, was.cgroup().orElseThrow()));
    }

    /**
     * Counts other system calls from now on; nothing counted is lost, and no call is missed meanwhile.
     *
     * @throws IllegalArgumentException if the target is not watched
     */
    public synchronized void filter(TargetId target, SyscallFilter filter) {
        require(target);
        maps.targets.put(target.number(), CounterMaps.Target.active(filter));
    }

    /** {@return what has been counted for all targets, in one pass over the kernel's maps} */
    public synchronized CounterSnapshot snapshot() {
        Map<TargetId, List<SyscallCount>> syscalls = new LinkedHashMap<>();
        Map<TargetId, List<ProcessCount>> processes = new LinkedHashMap<>();
        watched.keySet().forEach(target -> {
            syscalls.put(target, new ArrayList<>());
            processes.put(target, new ArrayList<>());
        });
        maps.syscallCounts.entries().forEach((key, parts) -> {
            List<SyscallCount> counts = syscalls.get(new TargetId(key.target()));
            if (counts != null) {
                counts.add(count(key, parts.stream().mapToLong(Long::longValue).sum()));
            }
        });
        maps.processCounts.entries().forEach((key, parts) -> {
            List<ProcessCount> counts = processes.get(new TargetId(key.target()));
            if (counts != null) {
                counts.add(count(key, CounterMaps.ProcessValue.sum(parts)));
            }
        });
        return new CounterSnapshot(
                sorted(syscalls, Comparator.comparingLong(SyscallCount::count).reversed()),
                sorted(processes, Comparator.comparingInt(ProcessCount::pid)),
                maps.drops());
    }

    private static <T> Map<TargetId, List<T>> sorted(Map<TargetId, List<T>> counts, Comparator<T> order) {
        return counts.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().stream().sorted(order).toList()));
    }

    private static SyscallCount count(CounterMaps.SyscallKey key, long count) {
        SyscallAbi abi = SyscallAbi.of(key.abi());
        return new SyscallCount(abi, key.number(), abi.name(key.number()), count);
    }

    private static ProcessCount count(CounterMaps.ProcessKey key, CounterMaps.ProcessValue value) {
        return new ProcessCount(key.tgid(), value.count(), value.ended());
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
        ended.forEach(process -> maps.processCounts.delete(new CounterMaps.ProcessKey(target.number(), process.pid())));
        return ended;
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

    /** {@return what could not be counted since the counter was opened} */
    public CounterDrops dropped() {
        return maps.drops();
    }

    /** Detaches and frees everything; the counts are gone. */
    @Override
    public synchronized void close() {
        links.forEach(Link::close);
        object.close();
        watched.clear();
    }

    private Watched require(TargetId target) {
        Watched found = watched.get(target);
        if (found == null) {
            throw new IllegalArgumentException("target " + target.number() + " is not watched");
        }
        return found;
    }

    private TargetId start(Watched what, SyscallFilter filter) {
        TargetId target = freeTarget();
        // A program that was still running when this number was given back may have left something.
        maps.clear(target.number());
        maps.targets.put(target.number(), CounterMaps.Target.active(filter));
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
        maps.watch(
                watched.values().stream().anyMatch(each -> each.cgroup().isPresent()),
                watched.values().stream().anyMatch(each -> each.process().isPresent()));
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
            maps.watchedCgroups.put(cgroup.id(), target.number());
            if (!cgroup.exists()) {
                maps.watchedCgroups.delete(cgroup.id());
            }
            return true;
        });
    }

    private Optional<TargetId> innermostAround(CgroupDirectory inner) {
        return watched.entrySet().stream()
                .filter(each -> each.getValue()
                        .cgroup()
                        .filter(outer -> inner.path().startsWith(outer.path()))
                        .isPresent())
                .max(Comparator.comparingInt(
                        each -> each.getValue().cgroup().orElseThrow().path().getNameCount()))
                .map(Map.Entry::getKey);
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
