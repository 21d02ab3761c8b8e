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
 * What jbpf and one bpftool or more, each with a libbpf of its own, make of the same objects, program by program. bpftool
 * loads an object whole or not at all; where it refuses one, its sections are tried alone, so that one program of a kind
 * the kernel lacks does not excuse all others.
 */
final class Comparison implements AutoCloseable {
    private final String test;
    private final List<Bpftool> references;
    private final BpfFs pins;
    private final LoadOptions options;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> refusedWhole = new ArrayList<>();

    /**
     * What became of a program.
     *
     * @param section its section's name, empty if jbpf cannot read the object
     * @param libbpf of each reference, in their order, whether it loads it
     * @param refusal what jbpf says if it refuses it, else empty
     */
    record Row(String object, String program, String section, List<Boolean> libbpf, boolean jbpf, String refusal) {
        boolean libbpfAhead() {
            return !jbpf && libbpf.contains(true);
        }

        @Override
        public String toString() {
            return line(object, program, libbpf.stream().map(Row::verdict).toList(), verdict(jbpf), refusal);
        }

        private static String verdict(boolean loaded) {
            return loaded ? "loads" : "refuses";
        }

        static String line(String object, String program, List<String> libbpf, String jbpf, String refusal) {
            StringBuilder line = new StringBuilder(String.format("%-24s %-36s", object, program));
            libbpf.forEach(cell -> line.append(String.format(" %-10s", cell)));
            return line.append(String.format(" %-8s %s", jbpf, refusal))
                    .toString()
                    .stripTrailing();
        }
    }

    /** Pins go into a directory that is named after the test, and with it. */
    Comparison(String test, Bpftool... references) {
        this.test = test;
        this.references = List.of(references);
        this.pins = BpfFs.mounted()
                .subdirectory("jbpf_" + test + "_" + ProcessHandle.current().pid());
        this.options = LoadOptions.DEFAULTS.withPins(pins);
    }

    /** Lets each load an object. */
    void add(String name, ElfBytes object) throws IOException, InterruptedException {
        boolean loadsWhole = false;
        List<Set<String>> loaded = new ArrayList<>();
        for (Bpftool bpftool : references) {
            Optional<Set<String>> whole = bpftool.loadWhole(object);
            loadsWhole |= whole.isPresent();
            loaded.add(whole.isPresent() ? whole.get() : bpftool.loadBySection(object));
        }
        Map<String, String> sections = new LinkedHashMap<>();
        Map<String, String> refusals = new LinkedHashMap<>();
        Set<String> programs = new TreeSet<>();
        loaded.forEach(programs::addAll);
        try {
            ObjectSpec spec = ObjectSpec.parse(name, object.bytes());
            spec.programs().values().forEach(program -> sections.put(program.name(), program.sectionName()));
            programs.addAll(sections.keySet());
            for (LoadReport.ProgramTrial trial : BpfObject.check(spec, options).programs()) {
                trial.refusal().ifPresent(e -> refusals.put(trial.program().name(), oneLine(e)));
            }
            if (loadsWhole) {
                BpfObject.load(spec, options).close();
            }
        } catch (BpfException e) {
            programs.forEach(program -> refusals.putIfAbsent(program, oneLine(e)));
            if (loadsWhole) {
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
                    loaded.stream().map(names -> names.contains(program)).toList(),
                    refusal.isEmpty(),
                    refusal));
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** Where a libbpf is ahead: programs, and objects that it loads whole. */
    List<String> libbpfAhead() {
        return Stream.concat(rows.stream().filter(Row::libbpfAhead).map(Row::toString), refusedWhole.stream())
                .toList();
    }

    /** How many programs jbpf loads and every reference as well. */
    long loadedByAll() {
        return rows.stream()
                .filter(row -> row.jbpf() && !row.libbpf().contains(false))
                .count();
    }

    /** The table, and its sums, one line for each libbpf. */
    void print() {
        List<String> names = references.stream().map(Bpftool::libbpf).toList();
        System.out.println(Row.line("OBJECT", "PROGRAM", names, "jbpf", ""));
        rows.forEach(System.out::println);
        for (int i = 0; i < names.size(); i++) {
            System.out.printf(
                    "[jbpf] %s, %d programs beside %s: both load %d, only jbpf %d, only libbpf %d, neither %d%n",
                    test,
                    rows.size(),
                    names.get(i),
                    count(i, true, true),
                    count(i, false, true),
                    count(i, true, false),
                    count(i, false, false));
        }
    }

    private long count(int reference, boolean loadedByLibbpf, boolean loadedByJbpf) {
        return rows.stream()
                .filter(row -> row.libbpf().get(reference) == loadedByLibbpf && row.jbpf() == loadedByJbpf)
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
