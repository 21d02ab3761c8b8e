package io.jbpf.programs;

/**
 * How often a target made one system call. It never falls while the target is watched, also when processes end.
 *
 * @param abi how the call was made
 * @param number its number, {@link #UNKNOWN} for all numbers outside the program's table together
 * @param name its name; {@code syscall_NUMBER} if it has none here; {@code ia32_NAME} or {@code ia32_NUMBER} for a 32-bit call
 *     on x86_64, {@code compat_NUMBER} elsewhere, and {@code x32_NUMBER} for calls that are not native; {@code unknown} with
 *     or without such a prefix for {@link #UNKNOWN}
 * @param count calls since the target is watched
 */
public record SyscallCount(SyscallAbi abi, int number, String name, long count) {
    /** In the place of a number: every number that no system call has. */
    public static final int UNKNOWN = 0xffff;
}
