package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.PerCpuMap;
import io.jbpf.map.TypedMap;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.function.ObjLongConsumer;

/** The maps of syscall_counter.bpf.c in Java values; each record here is laid out as the structure of the same name there. */
final class CounterMaps {
    /** MEMBERSHIPS: for how many targets a process can have an entry. */
    private static final int MEMBERSHIPS = 4;

    // Indexes into `events`: enum event.
    private static final int DROPPED_PROCESS = 0;
    private static final int DROPPED_SYSCALL = 1;
    private static final int DROPPED_CGROUP = 2;
    private static final int DROPPED_FORK = 3;
    private static final int DROPPED_ENDED = 4;
    private static final int GATE_OPENED = 5;

    final TypedMap<Integer, Target> targets;
    final TypedMap<Integer, TargetLabel> labels;
    final TypedMap<Integer, Integer> watchedProcesses;
    private final PerCpuMap<ProcessKey, ProcessValue> processCounts;
    private final PerCpuMap<SyscallKey, Long> syscallCounts;
    private final BpfMap processMap;
    private final BpfMap syscallMap;
    private final TypedMap<Long, Integer> watchedCgroups;
    private final TypedMap<MembershipKey, Integer> memberships;
    private final TypedMap<ProcessKey, Integer> ended;
    private final PerCpuMap<Integer, Long> events;
    private final PerCpuMap<Integer, Long> rescued;
    private final CgroupGate gate;
    private final int targetCapacity;

    CounterMaps(Map<String, BpfMap> maps) {
        BpfMap targetMap = map(maps, "targets");
        targetCapacity = targetMap.info().maxEntries();
        targets = targetMap.typed(Codec.u32(), Target.CODEC);
        labels = map(maps, "labels").typed(Codec.u32(), TargetLabel.CODEC);
        watchedCgroups = map(maps, "watched_cgroups").typed(Codec.u64(), Codec.u32());
        watchedProcesses = map(maps, "watched_tgids").typed(Codec.u32(), Codec.u32());
        processMap = map(maps, "process_counts");
        processCounts = processMap.perCpu(ProcessKey.CODEC, ProcessValue.CODEC);
        memberships = map(maps, "memberships").typed(MembershipKey.CODEC, Codec.u32());
        ended = map(maps, "ended").typed(ProcessKey.CODEC, Codec.u32());
        syscallMap = map(maps, "syscall_counts");
        syscallCounts = syscallMap.perCpu(SyscallKey.CODEC, Codec.u64());
        events = map(maps, "events").perCpu(Codec.u32(), Codec.u64());
        rescued = map(maps, "rescued").perCpu(Codec.u32(), Codec.u64());
        gate = new CgroupGate(map(maps, "settings"), map(maps, "gate"));
    }

    private static BpfMap map(Map<String, BpfMap> maps, String name) {
        return Objects.requireNonNull(maps.get(name), name);
    }

    /** {@return how many targets there is room for} */
    int targetCapacity() {
        return targetCapacity;
    }

    /** Says where a system call has to look, and that cgroups may have other targets than before. */
    void watch(Set<CgroupHierarchy> hierarchies, boolean processes) {
        gate.watch(hierarchies, processes);
    }

    /** Gives a cgroup a target. It holds for all calls after the next {@link #watch}. */
    void watchCgroup(CgroupDirectory cgroup, int target) {
        watchedCgroups.put(cgroup.key(), target);
        if (cgroup.exists()) {
            gate.open(cgroup.key());
        } else {
            watchedCgroups.delete(cgroup.key());
        }
    }

    /** Takes all its cgroups from a target, whose counts stay. */
    void unwatchCgroups(int target) {
        removeOwned(watchedCgroups, owner -> owner == target);
    }

    /** Closes the gate for cgroups that are watched no more, if there may be many of them. */
    void tidyGate() {
        gate.tidy(event(GATE_OPENED), () -> watchedCgroups.entries().keySet());
    }

    /** Tells the counts of system calls of all targets. Thousands of them, again and again: they are not collected on the way. */
    void eachSyscall(ObjLongConsumer<SyscallKey> told) {
        EntryCursor cursor = syscallMap.entries();
        while (cursor.advance()) {
            ByteBuffer parts = cursor.value();
            long count = 0;
            while (parts.hasRemaining()) {
                count += parts.getLong();
            }
            told.accept(SyscallKey.CODEC.decode(cursor.key()), count);
        }
    }

    /** Tells the counts of the processes of all targets; twice of a process whose id was given anew meanwhile, the last one last. */
    void eachProcess(BiConsumer<ProcessKey, ProcessValue> told) {
        EntryCursor cursor = processMap.entries();
        while (cursor.advance()) {
            ByteBuffer parts = cursor.value();
            long count = 0;
            boolean ended = false;
            while (parts.hasRemaining()) {
                count += parts.getLong();
                ended |= parts.getLong() != 0;
            }
            told.accept(ProcessKey.CODEC.decode(cursor.key()), new ProcessValue(count, ended));
        }
    }

    CounterDrops drops(long missedRuns) {
        return new CounterDrops(
                event(DROPPED_PROCESS),
                event(DROPPED_SYSCALL),
                event(DROPPED_CGROUP),
                event(DROPPED_FORK),
                event(DROPPED_ENDED),
                missedRuns);
    }

    /** {@return how many calls of anybody were seen though the program that counts was left out} */
    long rescued() {
        return rescued.merged(0, Long::sum).orElse(0L);
    }

    private long event(int kind) {
        return events.merged(kind, Long::sum).orElse(0L);
    }

    /**
     * Takes an ended process out of the counts, unless it is gone already and its id is another's.
     *
     * @return whether it was there
     */
    boolean forget(int target, int tgid) {
        ProcessKey key = new ProcessKey(target, tgid);
        boolean there = ended.delete(key) && processCounts.delete(key);
        for (int index = 0; there && index < MEMBERSHIPS; index++) {
            MembershipKey membership = new MembershipKey(tgid, index);
            if (memberships.lookup(membership).filter(owner -> owner == target).isPresent()) {
                memberships.delete(membership);
            }
        }
        return there;
    }

    /** {@return how many entries there are of single processes, in all maps} */
    int processEntries() {
        return processCounts.entries().size()
                + memberships.entries().size()
                + ended.entries().size();
    }

    /** Takes everything out that belongs to a target number, so that it can stand for another target. */
    void clear(int target) {
        clear(owner -> owner == target);
    }

    /** Takes everything out that belongs to these target numbers. */
    void clear(IntPredicate targets) {
        removeOwned(watchedCgroups, targets);
        removeOwned(watchedProcesses, targets);
        processCounts.entries().keySet().stream()
                .filter(key -> targets.test(key.target()))
                .forEach(processCounts::delete);
        removeOwned(memberships, targets);
        ended.entries().keySet().stream()
                .filter(key -> targets.test(key.target()))
                .forEach(ended::delete);
        syscallCounts.entries().keySet().stream()
                .filter(key -> targets.test(key.target()))
                .forEach(syscallCounts::delete);
    }

    private static <K> void removeOwned(TypedMap<K, Integer> map, IntPredicate targets) {
        map.entries().forEach((key, owner) -> {
            if (targets.test(owner)) {
                map.delete(key);
            }
        });
    }

    private record MembershipKey(int tgid, int index) {
        static final Codec<MembershipKey> CODEC = Codec.of(
                8,
                (key, to) -> to.putInt(key.tgid).putInt(key.index),
                from -> new MembershipKey(from.getInt(), from.getInt()));
    }

    record Target(int flags, SyscallFilter filter) {
        private static final int ACTIVE = 1;
        private static final int COUNTS_UNKNOWN = 2;
        private static final int COUNTS_FOREIGN = 4;

        static final Target FREE = new Target(0, SyscallFilter.all());
        static final Codec<Target> CODEC = Codec.of(8 + SyscallFilter.NUMBERS / 8, Target::encode, Target::decode);

        static Target active(SyscallFilter filter) {
            return new Target(ACTIVE | (filter.countsAll() ? COUNTS_UNKNOWN | COUNTS_FOREIGN : 0), filter);
        }

        boolean isActive() {
            return (flags & ACTIVE) != 0;
        }

        private static Target decode(ByteBuffer from) {
            int flags = from.getInt();
            from.getInt();
            BitSet numbers = new BitSet(SyscallFilter.NUMBERS);
            for (int word = 0; word < SyscallFilter.NUMBERS / Long.SIZE; word++) {
                long bits = from.getLong();
                for (int bit = 0; bit < Long.SIZE; bit++) {
                    numbers.set(word * Long.SIZE + bit, (bits >>> bit & 1) != 0);
                }
            }
            boolean all = (flags & COUNTS_UNKNOWN) != 0;
            return new Target(flags, all ? SyscallFilter.all() : SyscallFilter.ofNumbers(numbers));
        }

        private void encode(ByteBuffer to) {
            to.putInt(flags).putInt(0);
            for (long word : filter.words()) {
                to.putLong(word);
            }
        }
    }

    record ProcessKey(int target, int tgid) {
        static final Codec<ProcessKey> CODEC = Codec.of(
                8,
                (key, to) -> to.putInt(key.target).putInt(key.tgid),
                from -> new ProcessKey(from.getInt(), from.getInt()));
    }

    /** A process's count, or one CPU's part of it. */
    record ProcessValue(long count, boolean ended) {
        static final Codec<ProcessValue> CODEC = Codec.of(
                16,
                (value, to) -> to.putLong(value.count).putLong(value.ended ? 1 : 0),
                from -> new ProcessValue(from.getLong(), from.getLong() != 0));
    }

    record SyscallKey(int target, int number, int abi) {
        static final Codec<SyscallKey> CODEC = Codec.of(
                8,
                (key, to) -> to.putInt(key.target).putShort((short) key.number).putShort((short) key.abi),
                from -> new SyscallKey(
                        from.getInt(), Short.toUnsignedInt(from.getShort()), Short.toUnsignedInt(from.getShort())));
    }
}
