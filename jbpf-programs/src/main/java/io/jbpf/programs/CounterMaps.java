package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.PerCpuMap;
import io.jbpf.map.TypedMap;
import java.nio.ByteBuffer;
import java.util.List;

/** The maps of syscall_counter.bpf.c in Java values; each record here is laid out as the structure of the same name there. */
final class CounterMaps {
    private static final int ONLY = 0;

    // Indexes into `dropped`: enum dropped.
    private static final int DROPPED_PROCESS = 0;
    private static final int DROPPED_SYSCALL = 1;
    private static final int DROPPED_CGROUP = 2;
    private static final int DROPPED_FORK = 3;

    final TypedMap<Integer, Target> targets;
    final TypedMap<Long, Integer> watchedCgroups;
    final TypedMap<Integer, Integer> watchedProcesses;
    final PerCpuMap<ProcessKey, ProcessValue> processCounts;
    final PerCpuMap<SyscallKey, Long> syscallCounts;
    private final TypedMap<Integer, Settings> settings;
    private final PerCpuMap<Integer, Long> dropped;
    private final int targetCapacity;

    CounterMaps(BpfObject object) {
        BpfMap targetMap = object.map("targets");
        targetCapacity = targetMap.info().maxEntries();
        targets = targetMap.typed(Codec.u32(), Target.CODEC);
        settings = object.map("settings").typed(Codec.u32(), Settings.CODEC);
        watchedCgroups = object.map("watched_cgroups").typed(Codec.u64(), Codec.u32());
        watchedProcesses = object.map("watched_tgids").typed(Codec.u32(), Codec.u32());
        processCounts = object.map("process_counts").perCpu(ProcessKey.CODEC, ProcessValue.CODEC);
        syscallCounts = object.map("syscall_counts").perCpu(SyscallKey.CODEC, Codec.u64());
        dropped = object.map("dropped").perCpu(Codec.u32(), Codec.u64());
    }

    /** {@return how many targets there is room for} */
    int targetCapacity() {
        return targetCapacity;
    }

    /** Says where a system call has to look. */
    void watch(boolean cgroups, boolean processes) {
        settings.put(ONLY, new Settings(cgroups, processes));
    }

    CounterDrops drops() {
        return new CounterDrops(
                dropped(DROPPED_PROCESS), dropped(DROPPED_SYSCALL), dropped(DROPPED_CGROUP), dropped(DROPPED_FORK));
    }

    private long dropped(int kind) {
        return dropped.merged(kind, Long::sum).orElse(0L);
    }

    /** Takes everything out that belongs to a target number, so that it can stand for another target. */
    void clear(int target) {
        watchedCgroups.entries().forEach((id, owner) -> {
            if (owner == target) {
                watchedCgroups.delete(id);
            }
        });
        watchedProcesses.entries().forEach((tgid, owner) -> {
            if (owner == target) {
                watchedProcesses.delete(tgid);
            }
        });
        processCounts.entries().keySet().stream()
                .filter(key -> key.target() == target)
                .forEach(processCounts::delete);
        syscallCounts.entries().keySet().stream()
                .filter(key -> key.target() == target)
                .forEach(syscallCounts::delete);
    }

    private record Settings(boolean cgroups, boolean processes) {
        static final Codec<Settings> CODEC = Codec.of(
                8,
                (settings, to) -> to.putInt(settings.cgroups ? 1 : 0).putInt(settings.processes ? 1 : 0),
                from -> new Settings(from.getInt() != 0, from.getInt() != 0));
    }

    record Target(int flags, SyscallFilter filter) {
        private static final int ACTIVE = 1;
        private static final int COUNTS_UNKNOWN = 2;
        private static final int COUNTS_FOREIGN = 4;

        static final Target FREE = new Target(0, SyscallFilter.all());
        static final Codec<Target> CODEC = Codec.of(8 + SyscallFilter.NUMBERS / 8, Target::encode, from -> FREE);

        static Target active(SyscallFilter filter) {
            return new Target(ACTIVE | (filter.countsAll() ? COUNTS_UNKNOWN | COUNTS_FOREIGN : 0), filter);
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

    /** One CPU's part of a process's count. */
    record ProcessValue(long count, boolean ended) {
        static final Codec<ProcessValue> CODEC = Codec.of(
                16,
                (value, to) -> to.putLong(value.count).putLong(value.ended ? 1 : 0),
                from -> new ProcessValue(from.getLong(), from.getLong() != 0));

        static ProcessValue sum(List<ProcessValue> parts) {
            return new ProcessValue(
                    parts.stream().mapToLong(ProcessValue::count).sum(),
                    parts.stream().anyMatch(ProcessValue::ended));
        }
    }

    record SyscallKey(int target, int number, int abi) {
        static final Codec<SyscallKey> CODEC = Codec.of(
                8,
                (key, to) -> to.putInt(key.target).putShort((short) key.number).putShort((short) key.abi),
                from -> new SyscallKey(
                        from.getInt(), Short.toUnsignedInt(from.getShort()), Short.toUnsignedInt(from.getShort())));
    }
}
