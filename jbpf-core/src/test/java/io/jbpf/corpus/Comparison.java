package io.jbpf.corpus;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.LoadReport;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.object.ObjectSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What bpftool and jbpf make of the same objects, program by program. bpftool loads an object whole or not at all; where
 * it refuses one, its sections are tried alone, so that one program of a kind the kernel lacks does not excuse all others.
 */
final class Comparison implements AutoCloseable {
    private final Bpftool bpftool;
    private final BpfFs pins;
    private final LoadOptions options;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> refusedWhole = new ArrayList<>();

    /**
     * What became of a program.
     *
     * @param section its section's name, empty if jbpf cannot read the object
     * @param refusal what jbpf says if it refuses it, else empty
     */
    record Row(String object, String program, String section, boolean bpftool, boolean jbpf, String refusal) {
        @Override
        public String toString() {
            return String.format("%-24s %-36s %-8s %-8s %s", object, program, verdict(bpftool), verdict(jbpf), refusal);
        }

        private static String verdict(boolean loaded) {
            return loaded ? "loads" : "refuses";
        }
    }

    /** Pins go into a directory that is named after the test, and with it. */
    Comparison(String test, Path scratch) {
        this.bpftool = new Bpftool(scratch);
        this.pins = BpfFs.mounted()
                .subdirectory("jbpf_" + test + "_" + ProcessHandle.current().pid());
        this.options = LoadOptions.DEFAULTS.withPins(pins);
    }

    /** Lets both load an object. */
    void add(String name, ElfBytes object) throws IOException, InterruptedException {
        Optional<Set<String>> whole = bpftool.loadWhole(object);
        Set<String> reference = whole.isPresent() ? whole.get() : bpftool.loadBySection(object);
        Map<String, String> sections = new LinkedHashMap<>();
        Map<String, String> refusals = new LinkedHashMap<>();
        Set<String> programs = new TreeSet<>(reference);
        try {
            ObjectSpec spec = ObjectSpec.parse(name, object.bytes());
            spec.programs().values().forEach(program -> sections.put(program.name(), program.sectionName()));
            programs.addAll(sections.keySet());
            for (LoadReport.ProgramTrial trial : BpfObject.check(spec, options).programs()) {
                trial.refusal().ifPresent(e -> refusals.put(trial.program().name(), oneLine(e)));
            }
            if (whole.isPresent()) {
                BpfObject.load(spec, options).close();
            }
        } catch (BpfException e) {
            programs.forEach(program -> refusals.putIfAbsent(program, oneLine(e)));
            if (whole.isPresent()) {
                refusedWhole.add(name + ": " + oneLine(e));
            }
        }
        removePins();
        for (String program : programs) {
            String refusal = refusals.getOrDefault(program, "");
            rows.add(new Row(
                    name,
                    program,
                    sections.getOrDefault(program, ""),
                    reference.contains(program),
                    refusal.isEmpty(),
                    refusal));
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** Where bpftool is ahead: programs, and objects that it loads whole. */
    List<String> bpftoolAhead() {
        return Stream.concat(
                        rows.stream()
                                .filter(row -> row.bpftool() && !row.jbpf())
                                .map(Row::toString),
                        refusedWhole.stream())
                .toList();
    }

    long loadedByBoth() {
        return count(true, true);
    }

    /** The table, and its sums in the last line. */
    void print() {
        System.out.printf("%-24s %-36s %-8s %-8s%n", "OBJECT", "PROGRAM", "BPFTOOL", "JBPF");
        rows.forEach(System.out::println);
        System.out.printf(
                "[jbpf] %d programs: both load %d, only jbpf %d, only bpftool %d, neither %d%n",
                rows.size(), count(true, true), count(false, true), count(true, false), count(false, false));
    }

    private long count(boolean loadedByBpftool, boolean loadedByJbpf) {
        return rows.stream()
                .filter(row -> row.bpftool() == loadedByBpftool && row.jbpf() == loadedByJbpf)
                .count();
    }

    private static String oneLine(BpfException e) {
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.length() > 200 ? message.substring(0, 200) + "…" : message;
    }

    private void removePins() throws IOException {
        try (Stream<Path> left = Files.list(pins.directory())) {
            for (Path pin : left.toList()) {
                Files.delete(pin);
            }
        }
    }

    @Override
    public void close() throws IOException {
        removePins();
        Files.delete(pins.directory());
    }
}
