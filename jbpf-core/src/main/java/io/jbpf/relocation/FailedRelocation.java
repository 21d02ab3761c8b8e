package io.jbpf.relocation;

import java.util.List;

/**
 * What a program asked of the kernel's types in vain. Its instruction is poisoned: a verifier that gets there refuses it
 * with {@code invalid func unknown#195896080}.
 *
 * @param instruction the slot in the linked program
 * @param function the function it is in
 * @param kind what was asked
 * @param subject about what, as in C: {@code struct task_struct.tgid}
 * @param reason why there is no answer
 * @param candidates the types that were looked at, the kernel's or its modules'
 */
public record FailedRelocation(
        int instruction, String function, CoreKind kind, String subject, String reason, List<String> candidates) {
    /** The immediate of a poisoned instruction, the same as libbpf's. */
    public static final int POISON = 0xbad2310;

    /**
     * A failure.
     */
    public FailedRelocation {
        candidates = List.copyOf(candidates);
    }

    /** {@return a sentence with all of it} */
    @Override
    public String toString() {
        return "CO-RE relocation " + kind.word() + " of " + subject + " failed: " + reason + " (candidates: "
                + (candidates.isEmpty() ? "none" : String.join(", ", candidates)) + ")";
    }
}
