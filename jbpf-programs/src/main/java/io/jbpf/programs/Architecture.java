package io.jbpf.programs;

import java.util.Locale;

/** The processor architectures whose system call numbers are known. */
public enum Architecture {
    /** 64-bit x86, {@code amd64}. */
    X86_64("x86_64"),

    /** 64-bit Arm, {@code arm64}. */
    AARCH64("aarch64");

    private final String kernelName;

    Architecture(String kernelName) {
        this.kernelName = kernelName;
    }

    /** {@return the name as uname(2) gives it: {@code x86_64}} */
    public String kernelName() {
        return kernelName;
    }

    /**
     * {@return the architecture this virtual machine runs on}
     *
     * @throws UnsupportedOperationException if it is neither of the two
     */
    public static Architecture current() {
        return of(System.getProperty("os.arch", ""));
    }

    static Architecture of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default ->
                throw new UnsupportedOperationException(
                        "system call numbers are known for x86_64 and aarch64, not for '" + name + "'");
        };
    }
}
