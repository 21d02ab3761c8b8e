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

/** What a bpftool, with the libbpf that is in it, and jbpf make of the same objects, program by program. */
final class Comparison implements AutoCloseable {
    private final String test;
    private final Bpftool bpftool;
    private final BpfFs pins;
    private final LoadOptions options;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> refusedWhole = new ArrayList<>();

    /**
     * What became of a program.
     *
     * @param section its section's name, empty if jbpf cannot read the object
     * @param libbpf whether bpftool loads it
     * @param jbpf whether jbpf loads it
     * @param refusal what jbpf says if it refuses it, else empty
     */
    record Row(String object, String program, String section, boolean libbpf, boolean jbpf, String refusal) {
        private static final String FORMAT = "%-24s %-36s %-10s %-8s %s";

        @Override
        public String toString() {
            return String.format(FORMAT, object, program, verdict(libbpf), verdict(jbpf), refusal);
        }

        private static String verdict(boolean loaded) {
            return loaded ? "loads" : "refuses";
        }
    }

    /** Pins go into a directory that is named after the test, and with it. */
    Comparison(String test, Bpftool bpftool) {
        this.test = test;
        this.bpftool = bpftool;
        this.pins = BpfFs.mounted()
                .subdirectory("jbpf_" + test + "_" + ProcessHandle.current().pid());
        this.options = LoadOptions.DEFAULTS.withPins(pins);
    }

    /** Lets both load an object. */
    void add(String name, ElfBytes object) throws IOException, InterruptedException {
        Map<String, String> sections = new LinkedHashMap<>();
        Map<String, String> refusals = new LinkedHashMap<>();
        Optional<ObjectSpec> spec = Optional.empty();
        Optional<BpfException> malformed = Optional.empty();
        try {
            spec = Optional.of(ObjectSpec.parse(name, object.bytes()));
            spec.get().programs().values().forEach(program -> sections.put(program.name(), program.sectionName()));
        } catch (BpfException e) {
            malformed = Optional.of(e);
        }
        Bpftool.Loaded loaded = bpftool.load(object, sections);
        Set<String> programs = new TreeSet<>(sections.keySet());
        programs.addAll(loaded.programs());
        try {
            if (malformed.isPresent()) {
                throw malformed.get();
            }
            for (LoadReport.ProgramTrial trial :
                    BpfObject.check(spec.orElseThrow(), options).programs()) {
                trial.refusal().ifPresent(e -> refusals.put(trial.program().name(), oneLine(e)));
            }
            if (loaded.whole()) {
                BpfObject.load(spec.orElseThrow(), options).close();
            }
        } catch (BpfException e) {
            programs.forEach(program -> refusals.putIfAbsent(program, oneLine(e)));
            if (loaded.whole()) {
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
                    loaded.programs().contains(program),
                    refusal.isEmpty(),
                    refusal));
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** Where libbpf is ahead: programs, and objects that it loads whole. */
    List<String> libbpfAhead() {
        return Stream.concat(
                        rows.stream().filter(row -> row.libbpf() && !row.jbpf()).map(Row::toString),
                        refusedWhole.stream())
                .toList();
    }

    long loadedByBoth() {
        return count(true, true);
    }

    /** The table, and its sums in the last line. */
    void print() {
        System.out.println(String.format(Row.FORMAT, "OBJECT", "PROGRAM", bpftool.libbpf(), "jbpf", "")
                .stripTrailing());
        rows.forEach(System.out::println);
        System.out.printf(
                "[jbpf] %s, %d programs beside %s: both load %d, only jbpf %d, only libbpf %d, neither %d%n",
                test,
                rows.size(),
                bpftool.libbpf(),
                count(true, true),
                count(false, true),
                count(true, false),
                count(false, false));
    }

    private long count(boolean loadedByLibbpf, boolean loadedByJbpf) {
        return rows.stream()
                .filter(row -> row.libbpf() == loadedByLibbpf && row.jbpf() == loadedByJbpf)
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
