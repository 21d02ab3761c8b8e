package io.jbpf.programs;

/**
 * How much a {@link SyscallCounter} has room for. The kernel sets the memory aside at the start: about 180 bytes for each
 * process, 70 for each system call, 200 for each cgroup and 600 for each target, and for a process and a system call 16 and 8
 * more for each possible CPU. What finds no room is counted in {@link CounterDrops}.
 *
 * @param targets targets watched at a time
 * @param cgroups cgroups that all targets have together, those below a watched one included
 * @param processes processes that are counted at a time; ended ones that were not forgotten take up at most half of it
 * @param syscalls different system calls of all targets together
 */
public record CounterSizes(int targets, int cgroups, int processes, int syscalls) {
    /** Enough for a node with 1,000 pods, each with eight processes and forty different system calls. */
    public static final CounterSizes NODE = new CounterSizes(2048, 8192, 8192, 40_960);

    /** Enough for one target on a developer's machine. */
    public static final CounterSizes SMALL = new CounterSizes(8, 256, 4096, 2048);

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if one is not positive
     */
    public CounterSizes {
        if (targets < 1 || cgroups < 1 || processes < 1 || syscalls < 1) {
            throw new IllegalArgumentException("sizes must be positive: targets " + targets + ", cgroups " + cgroups
                    + ", processes " + processes + ", syscalls " + syscalls);
        }
    }
}
