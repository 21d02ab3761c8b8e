package io.jbpf;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Reference;
import io.jbpf.error.BpfException;
import io.jbpf.kernel.KernelConfig;
import io.jbpf.kernel.KernelSymbols;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.kernel.KernelVersion;
import io.jbpf.object.ExternPlace;
import io.jbpf.object.ExternSpec;
import io.jbpf.object.KernelFacts;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.relocation.TypeCompatibility;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds an object's externs in the running kernel. What is asked for once is not looked up again. */
final class HostKernel implements KernelFacts {
    private final ObjectSpec spec;
    private final KernelTypes types;
    private final Optional<KernelConfig> given;
    private final Map<ExternSpec, ExternPlace> places = new HashMap<>();
    private @Nullable Map<String, Long> addresses;

    HostKernel(ObjectSpec spec, KernelTypes types, Optional<KernelConfig> given) {
        this.spec = spec;
        this.types = types;
        this.given = given;
    }

    // ---- configuration

    @Override
    public Optional<String> option(String option) {
        Optional<String> value = given.flatMap(config -> config.value(option));
        return value.isPresent() ? value : hostOption(option);
    }

    private Optional<String> hostOption(String option) {
        try {
            return KernelConfig.host().value(option);
        } catch (BpfException e) {
            // Without the kernel's own, what was given is all there is.
            if (given.isPresent()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public int version() {
        return KernelVersion.code();
    }

    @Override
    public boolean hasCookies() {
        return KernelProbes.feature(Feature.BPF_COOKIE).isSupported();
    }

    @Override
    public boolean hasSyscallWrappers() {
        return KernelProbes.feature(Feature.SYSCALL_WRAPPER).isSupported();
    }

    // ---- symbols

    ExternPlace place(ExternSpec extern) {
        ExternPlace known = places.get(extern);
        if (known == null) {
            known = find(extern);
            places.put(extern, known);
        }
        return known;
    }

    private ExternPlace find(ExternSpec extern) {
        Optional<? extends ExternPlace> found =
                switch (extern.kind()) {
                    case KERNEL_SYMBOL ->
                        Optional.ofNullable(addresses().get(extern.name())).map(ExternPlace.Address::new);
                    case KERNEL_VARIABLE -> typed(extern, BtfKind.VAR);
                    case KERNEL_FUNCTION -> typed(extern, BtfKind.FUNC);
                    case KERNEL_CONFIG -> throw new IllegalArgumentException(extern + " is in a map");
                };
        if (found.isPresent()) {
            return found.get();
        }
        if (extern.weak()) {
            return new ExternPlace.Missing();
        }
        throw notFound(extern);
    }

    /** Why a kernel that does not have an extern cannot have the program. */
    static BpfException notFound(ExternSpec extern) {
        return new BpfException(
                switch (extern.kind()) {
                    case KERNEL_SYMBOL -> "it is not in /proc/kallsyms";
                    case KERNEL_VARIABLE ->
                        "this kernel's BTF has no such variable (only per-CPU ones before Linux 6.19); declare it"
                                + " 'const void' to get its address alone, or __weak if it may be missing";
                    default ->
                        "neither this kernel nor a loaded module has it; declare it __weak and ask"
                                + " bpf_ksym_exists() if it may be missing";
                });
    }

    private Optional<ExternPlace> typed(ExternSpec extern, BtfKind kind) {
        Optional<KernelTypes.Found> found = types.find(extern.name(), kind);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Btf kernel = found.get().source().btf();
        Btf local = spec.btf().orElseThrow(() -> new IllegalStateException("externs come with BTF"));
        int theirs = ((Reference) kernel.type(found.get().typeId())).typeId();
        if (TypeCompatibility.declarations(local, extern.typeId(), kernel, theirs)) {
            return Optional.of(new ExternPlace.Typed(
                    found.get().typeId(), found.get().source().descriptor()));
        }
        if (extern.weak()) {
            return Optional.empty();
        }
        throw new BpfException(
                "its declaration does not agree with type " + found.get().typeId() + " in the BTF of "
                        + found.get().source().name());
    }

    /** All the addresses the object wants in one reading: the file has 100,000 lines. */
    private Map<String, Long> addresses() {
        Map<String, Long> known = addresses;
        if (known == null) {
            known = KernelSymbols.addresses(spec.externs().values().stream()
                    .filter(extern -> extern.kind() == ExternSpec.Kind.KERNEL_SYMBOL)
                    .map(ExternSpec::name)
                    .collect(Collectors.toSet()));
            addresses = known;
        }
        return known;
    }
}
