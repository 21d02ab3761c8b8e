package io.jbpf.relocation;

import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.UnsupportedFeatureException;
import java.util.List;
import java.util.OptionalLong;

/**
 * What an instruction asks about a type, and what a kernel's types say to it: a CO-RE relocation that is looked at and
 * not carried out.
 *
 * @param function the function it is in: a program, or a sub-program
 * @param instruction the slot that asks, from the start of the function, as libbpf's log counts them
 * @param relocation the question as the compiler wrote it
 * @param subject about what, as in C: {@code struct task_struct.mm.pgd}; empty if the question makes no sense
 * @param local what the compiler assumed: bytes, bits, an id, a value, or 1 for "exists"; empty if there is no telling
 * @param outcome what came of it
 */
public record CoreResolution(
        String function,
        int instruction,
        CoreRelocation relocation,
        String subject,
        OptionalLong local,
        Outcome outcome) {

    /** What comes of a question. */
    public sealed interface Outcome {}

    /**
     * There is an answer, and the instruction can take it.
     *
     * @param value what belongs there on this kernel; a type's id counts in the types of its {@code source}, and only there
     * @param found the type that says so: {@code [123] struct task_struct}, or {@code [150123] struct ovl_fs in
     *     [overlay]} if it is a module's; empty if none does, which to some questions is an answer ("exists": 0), and for
     *     an id of the program's own
     * @param source where that type is: {@code vmlinux} if it is among the kernel's own types, or the module's name;
     *     empty if there is none
     * @param candidates the types that were looked at: the kernel's or, only if it has none of that name and kind, those
     *     of all modules
     */
    public record Resolved(long value, String found, String source, List<String> candidates) implements Outcome {
        /** An answer. */
        public Resolved {
            candidates = List.copyOf(candidates);
        }

        /** {@return whether a module's type gave the answer, and not one of the kernel's own} */
        public boolean isOfModule() {
            return !source.isEmpty() && !source.equals(CoreTarget.VMLINUX);
        }
    }

    /**
     * There is none, or the instruction cannot take it: it is poisoned, and a verifier that gets there refuses the
     * program.
     *
     * @param reason why
     * @param candidates the types that were looked at, the kernel's or its modules'
     */
    public record Poisoned(String reason, List<String> candidates) implements Outcome {
        /** A failure. */
        public Poisoned {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * The question makes no sense in the program's own types: nothing can be made of the program.
     *
     * @param problem what is wrong, and where
     */
    public record Malformed(MalformedObjectException problem) implements Outcome {}

    /**
     * The kernel has no types to ask: the program cannot be loaded there.
     *
     * @param problem what is missing
     */
    public record NoKernelTypes(UnsupportedFeatureException problem) implements Outcome {}

    /** {@return what is asked, in libbpf's word: {@code byte_off}; {@code kind 99} if that is not known} */
    public String kind() {
        return CoreKind.of(relocation.kind()).map(CoreKind::word).orElseGet(() -> "kind " + relocation.kind());
    }

    /**
     * {@return question and answer, as in libbpf's log: {@code <byte_off> [7] struct task.mm (0:5): 88 -> 96}; if a
     * module's type gave it, that follows: {@code in [overlay]}}
     */
    @Override
    public String toString() {
        String answer;
        if (outcome instanceof Resolved resolved) {
            answer = (local.isPresent() ? local.getAsLong() + " -> " : "")
                    + resolved.value()
                    + (resolved.isOfModule() ? " in [" + resolved.source() + "]" : "");
        } else if (outcome instanceof Poisoned poisoned) {
            answer = poisoned.reason();
        } else if (outcome instanceof Malformed malformed) {
            answer = malformed.problem().problem();
        } else {
            answer = ((NoKernelTypes) outcome).problem().getMessage();
        }
        return "<" + kind() + "> [" + relocation.typeId() + "] " + subject + " (" + relocation.access() + "): "
                + answer;
    }
}
