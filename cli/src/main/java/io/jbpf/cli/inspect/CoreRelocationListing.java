package io.jbpf.cli.inspect;

import io.jbpf.cli.FailureReport;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.relocation.CoreResolution.Malformed;
import io.jbpf.relocation.CoreResolution.NoKernelTypes;
import io.jbpf.relocation.CoreResolution.Outcome;
import io.jbpf.relocation.CoreResolution.Poisoned;
import io.jbpf.relocation.CoreResolution.Resolved;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A CO-RE relocation, and what it comes to on this kernel.
 *
 * @param function the program, or a sub-program
 * @param instruction which one asks, from the start of the function
 * @param kind what it asks, in libbpf's word
 * @param typeId the type in the object's own BTF
 * @param access which part of it, as indices with colons
 * @param subject the same as in C; empty if it makes no sense
 * @param outcome {@code resolved}, {@code poisoned} (this kernel has no answer; a verifier that gets there refuses the
 *     program), {@code malformed} or {@code no_kernel_btf}
 * @param local what the compiler assumed; null if there is no telling
 * @param target what it is here; null if it is not resolved
 * @param targetType the type that says so, with its id; null if there is none
 * @param foundIn whose types have it, {@code vmlinux} or a module's name; null if none have
 * @param candidates the types that were looked at, the kernel's or its modules'
 * @param error why it is not resolved; else null
 */
record CoreRelocationListing(
        String function,
        int instruction,
        String kind,
        int typeId,
        String access,
        String subject,
        String outcome,
        @Nullable Long local,
        @Nullable Long target,
        @Nullable String targetType,
        @Nullable String foundIn,
        List<String> candidates,
        @Nullable String error) {

    static CoreRelocationListing of(CoreResolution found) {
        Outcome outcome = found.outcome();
        if (outcome instanceof Resolved resolved) {
            return of(
                    found,
                    "resolved",
                    resolved.value(),
                    orNull(resolved.found()),
                    orNull(resolved.source()),
                    resolved.candidates(),
                    null);
        }
        if (outcome instanceof Poisoned poisoned) {
            return of(found, "poisoned", null, null, null, poisoned.candidates(), poisoned.reason());
        }
        return outcome instanceof Malformed malformed
                ? of(found, "malformed", null, null, null, List.of(), FailureReport.sentence(malformed.problem()))
                : of(
                        found,
                        "no_kernel_btf",
                        null,
                        null,
                        null,
                        List.of(),
                        FailureReport.sentence(((NoKernelTypes) outcome).problem()));
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static CoreRelocationListing of(
            CoreResolution found,
            String outcome,
            @Nullable Long target,
            @Nullable String targetType,
            @Nullable String foundIn,
            List<String> candidates,
            @Nullable String error) {
        OptionalLong local = found.local();
        return new CoreRelocationListing(
                found.function(),
                found.instruction(),
                found.kind(),
                found.relocation().typeId(),
                found.relocation().access(),
                found.subject(),
                outcome,
                local.isPresent() ? local.getAsLong() : null,
                target,
                targetType,
                foundIn,
                candidates,
                error);
    }

    /** {@return where the answer is from, or why there is none, for a cell} */
    String why() {
        return switch (outcome) {
            case "resolved" -> targetType != null ? targetType : "";
            case "poisoned" ->
                error + " (candidates: " + (candidates.isEmpty() ? "none" : String.join(", ", candidates)) + ")";
            case "no_kernel_btf" -> "no kernel BTF";
            default -> String.valueOf(error);
        };
    }
}
