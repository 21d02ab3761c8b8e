package io.jbpf.object;

/**
 * Something an object refers to that is not in it: an option of the kernel's configuration, or a variable or function of
 * the kernel or of a module.
 *
 * @param name its name in the kernel, without a {@code ___flavour}
 * @param kind what it is
 * @param weak whether it may be missing: it is 0 then, and a function must not be called
 * @param typeId its type in {@link ObjectSpec#btf()}: of a variable's value, of a function's signature; 0 for a symbol
 *     of which only the address is wanted
 * @param offset where a configuration value lies in the map {@code .kconfig}, in bytes; else 0
 * @param size how many bytes a configuration value has; else 0
 */
public record ExternSpec(String name, Kind kind, boolean weak, int typeId, int offset, int size) {
    /** The section of configuration values, and the map they become. */
    public static final String KCONFIG = ".kconfig";

    /** The section of the kernel's variables and functions. */
    public static final String KSYMS = ".ksyms";

    /** What an extern is. */
    public enum Kind {
        /** An option of the kernel's configuration, or a fact such as {@code LINUX_KERNEL_VERSION} ({@code __kconfig}). */
        KERNEL_CONFIG,
        /** A variable whose type the kernel's BTF has ({@code extern const struct rq runqueues __ksym}; Linux 5.10). */
        KERNEL_VARIABLE,
        /** A function of the kernel or a module that BPF programs may call, a kfunc (Linux 5.13). */
        KERNEL_FUNCTION,
        /** Anything with an address ({@code extern const void bpf_prog_fops __ksym}), looked up in /proc/kallsyms. */
        KERNEL_SYMBOL
    }

    /** {@return kind and name, as in error messages} */
    @Override
    public String toString() {
        return switch (kind) {
            case KERNEL_CONFIG -> "kernel configuration option '" + name + "'";
            case KERNEL_VARIABLE -> "kernel variable '" + name + "'";
            case KERNEL_FUNCTION -> "kernel function '" + name + "'";
            case KERNEL_SYMBOL -> "kernel symbol '" + name + "'";
        };
    }
}
