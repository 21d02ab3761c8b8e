package io.jbpf;

import io.jbpf.btf.Btf;
import io.jbpf.fs.BpfFs;
import io.jbpf.kernel.KernelConfig;
import io.jbpf.map.BpfMap;
import io.jbpf.program.BpfProgram;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How an object is loaded. Immutable: the {@code with…} methods return edited copies.
 *
 * @param pins where maps that ask to be pinned by name ({@code LIBBPF_PIN_BY_NAME}) are, or shall be, pinned; the root of
 *     /sys/fs/bpf if nothing is said
 * @param kernelConfig options that programs shall see ({@code __kconfig}) in front of the running kernel's own
 * @param kernelBtf the types that programs are fitted to (CO-RE), instead of the running kernel's and its modules'
 * @param targetPrograms for programs that replace or trace functions of another program, by their names, that program
 * @param maps maps that are there already and take the place of the object's, by the object's names for them
 * @param statistics whether the verifier is asked what each program cost it, see {@link BpfProgram#statistics()}
 */
public record LoadOptions(
        Optional<BpfFs> pins,
        Optional<KernelConfig> kernelConfig,
        Optional<Btf> kernelBtf,
        Map<String, BpfProgram> targetPrograms,
        Map<String, BpfMap> maps,
        boolean statistics) {
    /** Pins in the root of /sys/fs/bpf, the running kernel's configuration. */
    public static final LoadOptions DEFAULTS =
            new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Map.of(), false);

    /** Options. */
    public LoadOptions {
        targetPrograms = Collections.unmodifiableMap(new LinkedHashMap<>(targetPrograms));
        maps = Collections.unmodifiableMap(new LinkedHashMap<>(maps));
    }

    /** {@return these options with another place for pins} */
    public LoadOptions withPins(BpfFs directory) {
        return new LoadOptions(Optional.of(directory), kernelConfig, kernelBtf, targetPrograms, maps, statistics);
    }

    /**
     * These options with a kernel configuration of the caller's. What it does not set is looked up in the running
     * kernel's, if that tells.
     *
     * @param config such as {@code KernelConfig.parse("mine", "CONFIG_HZ=250")}
     */
    public LoadOptions withKernelConfig(KernelConfig config) {
        return new LoadOptions(pins, Optional.of(config), kernelBtf, targetPrograms, maps, statistics);
    }

    /**
     * These options with types of the caller's for CO-RE, instead of the running kernel's and its modules': for kernels
     * that offer none (before Linux 5.4, or built without CONFIG_DEBUG_INFO_BTF), with BTF made for them elsewhere, such as
     * BTFHub's; or to look into the kernel and one module alone, with {@code KernelBtf.module(name)}. Externs, and the functions and types that
     * programs are for, are still looked up in the running kernel: the verifier knows no other.
     *
     * @param types the kernel's types; of split BTF the base's, too
     */
    public LoadOptions withKernelBtf(Btf types) {
        return new LoadOptions(pins, kernelConfig, Optional.of(types), targetPrograms, maps, statistics);
    }

    /**
     * These options with the program that another one is for ({@code freplace/function}, {@code fentry/function}).
     *
     * @param program the name of the program in the object to load
     * @param target the program whose function it replaces or traces; stays the caller's, and open until the load is over
     */
    public LoadOptions withTargetProgram(String program, BpfProgram target) {
        Map<String, BpfProgram> all = new LinkedHashMap<>(targetPrograms);
        all.put(program, target);
        return new LoadOptions(pins, kernelConfig, kernelBtf, all, maps, statistics);
    }

    /**
     * These options with a map that takes the place of one of the object's. It is not filled or frozen again.
     *
     * @param map the object's name for it
     * @param existing a map of the same type, key and value size; stays the caller's, which may close it after the load
     */
    public LoadOptions withMap(String map, BpfMap existing) {
        Map<String, BpfMap> all = new LinkedHashMap<>(maps);
        all.put(map, existing);
        return new LoadOptions(pins, kernelConfig, kernelBtf, targetPrograms, all, statistics);
    }

    /** {@return these options with statistics of the verifier's, which cost a little} */
    public LoadOptions withStatistics() {
        return new LoadOptions(pins, kernelConfig, kernelBtf, targetPrograms, maps, true);
    }
}
