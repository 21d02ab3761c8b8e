package io.jbpf.programs;

import java.util.List;
import java.util.Map;

/**
 * Everything a {@link SyscallCounter} has counted, read in one pass. Counting goes on meanwhile: each number is exact for
 * the moment it was read.
 *
 * @param syscalls per target, by system call, the most frequent first
 * @param processes per target, by process id
 * @param drops what could not be counted
 */
public record CounterSnapshot(
        Map<TargetId, List<SyscallCount>> syscalls, Map<TargetId, List<ProcessCount>> processes, CounterDrops drops) {

    /** {@return the target's counts by system call, the most frequent first; empty if it made none} */
    public List<SyscallCount> syscalls(TargetId target) {
        return syscalls.getOrDefault(target, List.of());
    }

    /** {@return the target's counts by process, in the order of their ids; empty if it made none} */
    public List<ProcessCount> processes(TargetId target) {
        return processes.getOrDefault(target, List.of());
    }

    /** {@return all calls of the target} */
    public long total(TargetId target) {
        return syscalls(target).stream().mapToLong(SyscallCount::count).sum();
    }
}
