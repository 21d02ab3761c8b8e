package io.jbpf;

import io.jbpf.error.BpfException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.program.VerifierStatistics;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a kernel says to an object, map by map and program by program: the result of {@link BpfObject#check}.
 *
 * @param object the object's name
 * @param refusal why not even its maps were tried, such as a configuration option that this kernel does not tell; then
 *     all programs are refused for that reason
 * @param refusedMaps why maps cannot be made, by their names; a program that uses one is refused for the same reason
 * @param programs what became of each program, in the order of the object
 */
public record LoadReport(
        String object,
        Optional<BpfException> refusal,
        Map<String, BpfException> refusedMaps,
        List<ProgramTrial> programs) {
    /** Copies the lists. */
    public LoadReport {
        refusedMaps = Collections.unmodifiableMap(new LinkedHashMap<>(refusedMaps));
        programs = List.copyOf(programs);
    }

    static LoadReport refused(ObjectSpec spec, BpfException refusal) {
        return new LoadReport(
                spec.name(),
                Optional.of(refusal),
                Map.of(),
                spec.programs().values().stream()
                        .map(program -> new ProgramTrial(
                                program, program.instructionCount(), Optional.empty(), Optional.of(refusal)))
                        .toList());
    }

    /**
     * What became of a program.
     *
     * @param program the program
     * @param instructions how many instruction slots it has with the sub-programs it calls; without them if it could not
     *     be linked
     * @param statistics what it cost the verifier, if it was loaded and {@link LoadOptions#statistics} asked for it
     * @param refusal why it does not load; empty if it does
     */
    public record ProgramTrial(
            ProgramSpec program,
            int instructions,
            Optional<VerifierStatistics> statistics,
            Optional<BpfException> refusal) {
        /** {@return whether it loads} */
        public boolean loaded() {
            return refusal.isEmpty();
        }
    }

    /**
     * What became of one program.
     *
     * @throws IllegalArgumentException if the object has none of that name
     */
    public ProgramTrial program(String name) {
        return programs.stream()
                .filter(trial -> trial.program().name().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("object '" + object + "' has no program '" + name + "'"));
    }

    /** {@return whether {@link BpfObject#load} would succeed: all maps, and all programs that it would load} */
    public boolean loaded() {
        return refusal.isEmpty()
                && refusedMaps.isEmpty()
                && programs.stream()
                        .allMatch(trial -> trial.loaded() || !trial.program().autoload());
    }

    /**
     * The object with {@code autoload} off for the programs that this kernel refuses. A map that is
     * refused stays in it.
     *
     * @param spec the object this is about
     */
    public ObjectSpec loadable(ObjectSpec spec) {
        ObjectSpec edited = spec;
        for (ProgramTrial trial : programs) {
            edited = edited.withProgram(
                    trial.program().name(), program -> program.withAutoload(program.autoload() && trial.loaded()));
        }
        return edited;
    }
}
