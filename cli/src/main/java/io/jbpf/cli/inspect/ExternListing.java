package io.jbpf.cli.inspect;

import io.jbpf.ExternResolution;
import io.jbpf.ExternResolution.Outcome;
import io.jbpf.ExternResolution.Symbol;
import io.jbpf.ExternResolution.Typed;
import io.jbpf.ExternResolution.Unresolved;
import io.jbpf.ExternResolution.Value;
import io.jbpf.btf.Btf;
import io.jbpf.cli.FailureReport;
import io.jbpf.csource.CHeader;
import io.jbpf.object.ExternSpec;
import org.jspecify.annotations.Nullable;

/**
 * Something that an object refers to in the kernel, and what this kernel has there.
 *
 * @param name in the kernel
 * @param section {@code .kconfig} or {@code .ksyms}
 * @param kind {@code config}, {@code variable} (typed), {@code symbol} (an address alone) or {@code function}
 * @param weak whether it may be missing
 * @param type as in C
 * @param outcome {@code resolved}, {@code missing} (it is weak, and 0) or {@code unresolved}
 * @param value of a configuration option, as {@code .config} has it; else null
 * @param foundIn whose types have it, {@code vmlinux} or a module's name, or {@code /proc/kallsyms}; else null
 * @param targetTypeId the variable or function in those types; else null
 * @param address of a symbol, in hexadecimal; null if it is none, or the kernel hides it
 * @param error why it is unresolved; else null
 */
record ExternListing(
        String name,
        String section,
        String kind,
        boolean weak,
        String type,
        String outcome,
        @Nullable String value,
        @Nullable String foundIn,
        @Nullable Integer targetTypeId,
        @Nullable String address,
        @Nullable String error) {
    private static final String KALLSYMS = "/proc/kallsyms";

    static ExternListing of(Btf types, ExternResolution found) {
        Outcome outcome = found.outcome();
        if (outcome instanceof Value value) {
            return of(types, found.extern(), "resolved", value.text(), null, null, null, null);
        }
        if (outcome instanceof Typed typed) {
            return of(types, found.extern(), "resolved", null, typed.source(), typed.typeId(), null, null);
        }
        if (outcome instanceof Symbol symbol) {
            String address = symbol.address().isPresent()
                    ? "0x" + Long.toHexString(symbol.address().getAsLong())
                    : null;
            return of(types, found.extern(), "resolved", null, KALLSYMS, null, address, null);
        }
        return outcome instanceof Unresolved no
                ? of(types, found.extern(), "unresolved", null, null, null, null, FailureReport.sentence(no.reason()))
                : of(types, found.extern(), "missing", null, null, null, null, null);
    }

    private static ExternListing of(
            Btf types,
            ExternSpec extern,
            String outcome,
            @Nullable String value,
            @Nullable String foundIn,
            @Nullable Integer targetTypeId,
            @Nullable String address,
            @Nullable String error) {
        return new ExternListing(
                extern.name(),
                extern.kind() == ExternSpec.Kind.KERNEL_CONFIG ? ExternSpec.KCONFIG : ExternSpec.KSYMS,
                kind(extern.kind()),
                extern.weak(),
                CHeader.typeName(types, extern.typeId()),
                outcome,
                value,
                foundIn,
                targetTypeId,
                address,
                error);
    }

    private static String kind(ExternSpec.Kind kind) {
        return switch (kind) {
            case KERNEL_CONFIG -> "config";
            case KERNEL_VARIABLE -> "variable";
            case KERNEL_SYMBOL -> "symbol";
            case KERNEL_FUNCTION -> "function";
        };
    }

    /** {@return what this kernel has, for a cell} */
    String here() {
        if (error != null) {
            return error;
        }
        if (value != null) {
            return value;
        }
        if (foundIn == null) {
            return "missing";
        }
        return targetTypeId != null
                ? foundIn + " [" + targetTypeId + "]"
                : address != null ? address : "in " + foundIn + ", address hidden";
    }
}
