package io.jbpf.programs;

/**
 * What a {@link SyscallCounter} could not count because one of its maps was full. All zero means that every count is
 * exact; otherwise the counter needs larger maps.
 *
 * @param processes calls that are missing in the counts per process
 * @param syscalls calls that are missing in the counts per system call
 * @param cgroups cgroups made below a watched one that are not watched
 * @param children children of watched processes that are not watched
 */
public record CounterDrops(long processes, long syscalls, long cgroups, long children) {
    /** Nothing was dropped. */
    public static final CounterDrops NONE = new CounterDrops(0, 0, 0, 0);
}
