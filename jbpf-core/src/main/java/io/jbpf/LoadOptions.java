package io.jbpf;

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
 * @param targetPrograms for programs that replace or trace functions of another program, by their names, that program
 * @param maps maps that are there already and take the place of the object's, by the object's names for them
 * @param statistics whether the verifier is asked what each program cost it, see {@link BpfProgram#statistics()}
 */
public record LoadOptions(
        Optional<BpfFs> pins,
        Optional<KernelConfig> kernelConfig,
        Map<String, BpfProgram> targetPrograms,
        Map<String, BpfMap> maps,
        boolean statistics) {
    /** Pins in the root of /sys/fs/bpf, the running kernel's configuration. */
    public static final LoadOptions DEFAULTS =
            new LoadOptions(Optional.empty(), Optional.empty(), Map.of(), Map.of(), false);

    /** Options. */
    public LoadOptions {
        targetPrograms = Collections.unmodifiableMap(new LinkedHashMap<>(targetPrograms));
        maps = Collections.unmodifiableMap(new LinkedHashMap<>(maps));
    }

    /** {@return these options with another place for pins} */
    public LoadOptions withPins(BpfFs directory) {
        return new LoadOptions(Optional.of(directory), kernelConfig, targetPrograms, maps, statistics);
    }

    /**
     * These options with a kernel configuration of the caller's. What it does not set is looked up in the running
     * kernel's, if that tells.
     *
     * @param config such as {@code KernelConfig.parse("mine", "CONFIG_HZ=250")}
     */
    public LoadOptions withKernelConfig(KernelConfig config) {
        return new LoadOptions(pins, Optional.of(config), targetPrograms, maps, statistics);
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
        return new LoadOptions(pins, kernelConfig, all, maps, statistics);
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
        return new LoadOptions(pins, kernelConfig, targetPrograms, all, statistics);
    }

    /** {@return these options with statistics of the verifier's, which cost a little} */
    public LoadOptions withStatistics() {
        return new LoadOptions(pins, kernelConfig, targetPrograms, maps, true);
    }
}
