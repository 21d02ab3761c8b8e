package io.jbpf;

import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.object.ExternPlace;
import io.jbpf.object.ExternSpec;
import io.jbpf.object.KernelFacts;
import io.jbpf.object.ObjectSpec;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks for an object's externs without loading anything, and without the privilege that loading takes. */
final class ExternSearch implements KernelFacts {
    private final ObjectSpec spec;
    private final KernelTypes types;
    private final HostKernel kernel;
    private @Nullable Map<String, Set<Long>> symbols;

    ExternSearch(ObjectSpec spec, KernelTypes types) {
        this.spec = spec;
        this.types = types;
        this.kernel = new HostKernel(spec, types, Optional.empty());
    }

    List<ExternResolution> all() {
        List<ExternResolution> found = new ArrayList<>();
        for (ExternSpec extern : spec.externs().values()) {
            ExternResolution.Outcome outcome;
            try {
                outcome = find(extern);
            } catch (BpfException e) {
                outcome = new ExternResolution.Unresolved(e);
            }
            found.add(new ExternResolution(extern, outcome));
        }
        return found;
    }

    private ExternResolution.Outcome find(ExternSpec extern) {
        return switch (extern.kind()) {
            case KERNEL_CONFIG -> {
                Optional<String> value = spec.kernelFact(extern, this);
                yield value.isPresent() ? new ExternResolution.Value(value.get()) : new ExternResolution.Missing();
            }
            case KERNEL_SYMBOL -> symbol(extern);
            case KERNEL_VARIABLE, KERNEL_FUNCTION -> typed(extern);
        };
    }

    private ExternResolution.Outcome symbol(ExternSpec extern) {
        Set<Long> addresses = symbols().getOrDefault(extern.name(), Set.of());
        if (addresses.isEmpty()) {
            return missing(extern);
        }
        Iterator<Long> each = addresses.iterator();
        long address = each.next();
        if (each.hasNext()) {
            throw new BpfException("it is ambiguous: at 0x" + Long.toHexString(address) + " and at 0x"
                    + Long.toHexString(each.next()));
        }
        return new ExternResolution.Symbol(address == 0 ? OptionalLong.empty() : OptionalLong.of(address));
    }

    /** All the symbols the object wants in one reading: the file has 100,000 lines. */
    private Map<String, Set<Long>> symbols() {
        Map<String, Set<Long>> known = symbols;
        if (known == null) {
            known = KernelSymbols.occurrences(spec.externs().values().stream()
                    .filter(extern -> extern.kind() == ExternSpec.Kind.KERNEL_SYMBOL)
                    .map(ExternSpec::name)
                    .collect(Collectors.toSet()));
            symbols = known;
        }
        return known;
    }

    private ExternResolution.Outcome typed(ExternSpec extern) {
        if (types.find(extern.name(), kind(extern)).isEmpty() && types.hidesModules()) {
            throw new BpfException("the kernel itself does not have it, and tells only who has CAP_SYS_ADMIN what its"
                    + " modules have");
        }
        return kernel.place(extern) instanceof ExternPlace.Typed typed
                ? new ExternResolution.Typed(source(typed.descriptor()), typed.typeId())
                : new ExternResolution.Missing();
    }

    private static BtfKind kind(ExternSpec extern) {
        return extern.kind() == ExternSpec.Kind.KERNEL_FUNCTION ? BtfKind.FUNC : BtfKind.VAR;
    }

    private String source(int descriptor) {
        return descriptor == 0
                ? types.vmlinux().name()
                : types.modules().stream()
                        .filter(module -> module.descriptor() == descriptor)
                        .map(KernelTypes.Source::name)
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("no module has descriptor " + descriptor));
    }

    private static ExternResolution.Outcome missing(ExternSpec extern) {
        if (extern.weak()) {
            return new ExternResolution.Missing();
        }
        throw HostKernel.notFound(extern);
    }

    // ---- facts

    @Override
    public Optional<String> option(String option) {
        return kernel.option(option);
    }

    @Override
    public int version() {
        return kernel.version();
    }

    @Override
    public boolean hasCookies() {
        throw new BpfException("finding out takes loading a program; KernelProbes does that");
    }

    @Override
    public boolean hasSyscallWrappers() {
        return kernel.hasSyscallWrappers();
    }
}
