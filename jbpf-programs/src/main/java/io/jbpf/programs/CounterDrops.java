package io.jbpf.programs;

/**
 * What a {@link SyscallCounter} could not count. All zero means that every count is exact; otherwise the counter needs
 * larger maps ({@link CounterSizes}).
 *
 * @param processes calls that are missing in the counts per process
 * @param syscalls calls that are missing in the counts per system call
 * @param cgroups cgroups made below a watched one that are not watched
 * @param children children of watched processes that are not watched
 * @param unread processes that ended and were taken out of the counts per process before anybody had read what they had
 *     in the end, because {@link SyscallCounter#forgetEnded} was not called for too long; the counts per system call have
 *     their calls
 * @param missedRuns how often the kernel left a program of the counter out because it was already running on that CPU (it
 *     tells so since Linux 5.12), and nothing of the counter's took its place: system calls of whomever that no count has, if
 *     it was that program
 */
public record CounterDrops(long processes, long syscalls, long cgroups, long children, long unread, long missedRuns) {
    /** Nothing was dropped. */
    public static final CounterDrops NONE = new CounterDrops(0, 0, 0, 0, 0, 0);
}
