package io.jbpf.programs;

/** How a system call was made: each way has numbers of its own, so that the same number means another call. */
public enum SyscallAbi {
    /** As 64-bit programs of this architecture do. */
    NATIVE(""),

    /** As 32-bit programs do: ia32 ({@code int 0x80}) on x86_64, arm on aarch64. */
    COMPAT("compat_"),

    /** The x32 calls of x86_64. */
    X32("x32_");

    private final String prefix;

    SyscallAbi(String prefix) {
        this.prefix = prefix;
    }

    /** {@return the ABI by its number in the program: ABI_* of syscall_counter.bpf.c} */
    static SyscallAbi of(int number) {
        return switch (number) {
            case 0 -> NATIVE;
            case 1 -> COMPAT;
            case 2 -> X32;
            default -> throw new IllegalArgumentException("system call ABI " + number);
        };
    }

    /** {@return what to call a system call made this way} */
    String name(int number) {
        return name(Architecture.current(), number);
    }

    String name(Architecture architecture, int number) {
        if (this == COMPAT && architecture == Architecture.X86_64 && number != SyscallCount.UNKNOWN) {
            return "ia32_" + Ia32Syscalls.nameOrNumber(number);
        }
        if (number == SyscallCount.UNKNOWN) {
            return prefix + "unknown";
        }
        return this == NATIVE ? Syscalls.of(architecture).nameOrNumber(number) : prefix + number;
    }
}
