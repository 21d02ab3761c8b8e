package io.jbpf;

import io.jbpf.error.BpfException;
import io.jbpf.object.ExternSpec;
import java.util.OptionalLong;

/**
 * What an extern is on the running kernel.
 *
 * @param extern what the object asks for
 * @param outcome what came of it
 */
public record ExternResolution(ExternSpec extern, Outcome outcome) {
    /** What comes of looking for an extern. */
    public sealed interface Outcome {}

    /**
     * A value of the kernel's configuration, or a fact about the kernel, which goes into its variable.
     *
     * @param text as {@code .config} has it: {@code y}, {@code 250}, {@code "text"}
     */
    public record Value(String text) implements Outcome {}

    /**
     * A variable or function among the types of the kernel or of a module, declared as the object declares it.
     *
     * @param source {@code vmlinux} or the module's name
     * @param typeId the variable or function in the BTF there
     */
    public record Typed(String source, int typeId) implements Outcome {}

    /**
     * A symbol in {@code /proc/kallsyms}.
     *
     * @param address where it is; empty if the kernel hides that from this process ({@code kernel.kptr_restrict},
     *     CAP_SYSLOG)
     */
    public record Symbol(OptionalLong address) implements Outcome {}

    /** The kernel has no such thing, and need not: the extern is weak, and 0. */
    public record Missing() implements Outcome {}

    /**
     * The kernel has no such thing but must, has something else of that name, or does not tell.
     *
     * @param reason which of them, and the way out
     */
    public record Unresolved(BpfException reason) implements Outcome {}
}
