package io.jbpf.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.LoadReport;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever bpftool loads of the objects that Debian ships, jbpf loads: those of xdp-tools, which are files, and those of
 * libbpf-tools, which are inside its programs. bpftool loads an object whole or not at all; where it refuses one, its
 * sections are tried alone, so that one program of a kind the kernel lacks does not excuse all others.
 */
@KernelTest
@RequiresTool({"bpftool", "unshare", "dpkg", "xdp-loader", "tcptracer"})
class DebianObjectsTest {
    /** What became of a program: the table's row. */
    private record Row(String object, String program, boolean bpftool, boolean jbpf, String reason) {
        @Override
        public String toString() {
            return String.format(
                    "%-20s %-32s %-8s %-8s%s",
                    object, program, verdict(bpftool), verdict(jbpf), reason.isEmpty() ? "" : " " + reason);
        }

        private static String verdict(boolean loaded) {
            return loaded ? "loads" : "refuses";
        }
    }

    @TempDir
    private Path directory;

    @Test
    void whateverBpftoolLoadsJbpfLoads() throws Exception {
        BpfFs pins = BpfFs.mounted()
                .subdirectory("jbpf_debian_" + ProcessHandle.current().pid());
        List<Row> rows = new ArrayList<>();
        List<String> wholeObjectsRefused = new ArrayList<>();
        try {
            for (Map.Entry<String, ElfBytes> object : objects().entrySet()) {
                compare(object.getKey(), object.getValue(), LoadOptions.DEFAULTS.withPins(pins), rows)
                        .ifPresent(wholeObjectsRefused::add);
                removePins(pins);
            }
        } finally {
            removePins(pins);
            Files.delete(pins.directory());
        }

        System.out.printf("%-20s %-32s %-8s %-8s%n", "OBJECT", "PROGRAM", "BPFTOOL", "JBPF");
        rows.forEach(System.out::println);
        long both = rows.stream().filter(row -> row.bpftool() && row.jbpf()).count();
        System.out.printf(
                "[jbpf] %d programs: both load %d, only jbpf %d, only bpftool %d, neither %d%n",
                rows.size(),
                both,
                rows.stream().filter(row -> !row.bpftool() && row.jbpf()).count(),
                rows.stream().filter(row -> row.bpftool() && !row.jbpf()).count(),
                rows.stream().filter(row -> !row.bpftool() && !row.jbpf()).count());
        assertThat(rows).filteredOn(row -> row.bpftool() && !row.jbpf()).isEmpty();
        assertThat(wholeObjectsRefused).isEmpty();
        assertThat(both).isGreaterThanOrEqualTo(60);
    }

    /** Adds a row for each program; answers what jbpf says if it refuses an object that bpftool loads whole. */
    private Optional<String> compare(String name, ElfBytes object, LoadOptions options, List<Row> rows)
            throws IOException, InterruptedException {
        Bpftool bpftool = new Bpftool(directory);
        Optional<Set<String>> whole = bpftool.loadWhole(object);
        Set<String> reference = whole.isPresent() ? whole.get() : bpftool.loadBySection(object);
        Map<String, String> refusals = new TreeMap<>();
        Optional<String> wholeRefused = Optional.empty();
        Set<String> programs = new TreeSet<>(reference);
        try {
            ObjectSpec spec = ObjectSpec.parse(name, object.bytes());
            programs.addAll(spec.programs().keySet());
            for (LoadReport.ProgramTrial trial : BpfObject.check(spec, options).programs()) {
                trial.refusal().ifPresent(e -> refusals.put(trial.program().name(), oneLine(e)));
            }
            if (whole.isPresent()) {
                BpfObject.load(spec, options).close();
            }
        } catch (BpfException e) {
            wholeRefused = whole.map(any -> name + ": " + oneLine(e));
            programs.forEach(program -> refusals.putIfAbsent(program, oneLine(e)));
        }
        for (String program : programs) {
            String refusal = refusals.getOrDefault(program, "");
            rows.add(new Row(name, program, reference.contains(program), refusal.isEmpty(), refusal));
        }
        return wholeRefused;
    }

    private static String oneLine(BpfException e) {
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.length() > 160 ? message.substring(0, 160) + "…" : message;
    }

    private static void removePins(BpfFs pins) throws IOException {
        try (Stream<Path> left = Files.list(pins.directory())) {
            for (Path pin : left.toList()) {
                Files.delete(pin);
            }
        }
    }

    private static Map<String, ElfBytes> objects() throws IOException, InterruptedException {
        Map<String, ElfBytes> objects = new TreeMap<>();
        // In libxdp1, which xdp-tools depends on.
        for (Path file : filesOf("libxdp1")) {
            if (file.toString().contains("/bpf/") && file.toString().endsWith(".o")) {
                objects.put(String.valueOf(file.getFileName()), new ElfBytes(Files.readAllBytes(file)));
            }
        }
        for (Path file : filesOf("libbpf-tools")) {
            if (file.startsWith("/usr/sbin") && !Files.isSymbolicLink(file)) {
                List<ElfBytes> embedded = ElfBytes.embeddedIn(Files.readAllBytes(file));
                for (int i = 0; i < embedded.size(); i++) {
                    objects.put(file.getFileName() + (i == 0 ? "" : "." + i), embedded.get(i));
                }
            }
        }
        return objects;
    }

    private static List<Path> filesOf(String debianPackage) throws IOException, InterruptedException {
        return Tool.run("dpkg", "-L", debianPackage)
                .lines()
                .map(Path::of)
                .filter(Files::isRegularFile)
                .toList();
    }
}
