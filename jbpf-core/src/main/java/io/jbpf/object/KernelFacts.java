package io.jbpf.object;

import java.util.Optional;

/** What configuration externs ({@code __kconfig}) ask of a kernel. */
public interface KernelFacts {
    /**
     * An option of the kernel's configuration.
     *
     * @param option its name, with {@code CONFIG_}
     * @return the value as {@code .config} has it; empty if it is not set
     */
    Optional<String> option(String option);

    /** {@return {@code LINUX_KERNEL_VERSION}: {@code major << 16 | minor << 8 | patch}} */
    int version();

    /** {@return {@code LINUX_HAS_BPF_COOKIE}: whether attachments take a cookie for the program (Linux 5.15)} */
    boolean hasCookies();

    /** {@return {@code LINUX_HAS_SYSCALL_WRAPPER}: whether system calls get their arguments in a pt_regs (4.17)} */
    boolean hasSyscallWrappers();
}
