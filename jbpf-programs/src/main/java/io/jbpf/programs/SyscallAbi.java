package io.jbpf.programs;

/** How a system call was made: each way has numbers of its own, so that the same number means another call. */
public enum SyscallAbi {
    /** As 64-bit programs of this architecture do. */
    NATIVE,

    /** As 32-bit programs do: ia32 ({@code int 0x80}) on x86_64, arm on aarch64. */
    COMPAT,

    /** The x32 calls of x86_64. */
    X32
}
