package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What the programs cost the verifier is in a committed table, so that a change of it is seen. How far the verifier walks
 * depends on the kernel: the table has a column for each kernel that we test on, and a kernel without one is not compared.
 *
 * <p>{@code mvn -pl jbpf-programs -am test -Dtest=VerifierStatisticsTest -Djbpf.verifier=write
 * -Dsurefire.failIfNoSpecifiedTests=false} writes what the running kernel says into the table.
 */
@KernelTest
@Tag("syscall-counter")
@Tag("verifier")
class VerifierStatisticsTest {
    private static final Path TABLE = Path.of("src/test/resources/verifier-statistics.tsv");
    private static final boolean WRITE =
            System.getProperty("jbpf.verifier", "compare").equals("write");

    /** What one program costs: its own instructions, and by kernel how many the verifier walked. */
    private record Row(String program, int instructions, Map<String, String> walked) {}

    @Test
    void whatTheVerifierWalksIsWhatTheTableSays(TestReporter reporter) throws Exception {
        String kernel = kernel();
        Map<String, Row> committed = read();
        Map<String, Row> now = new LinkedHashMap<>();
        boolean known = WRITE || committed.values().stream().anyMatch(row -> row.walked.containsKey(kernel));
        for (Bytecode object : Bytecode.values()) {
            for (ProgramTrial trial : BpfObject.check(object.spec(), LoadOptions.DEFAULTS.withStatistics())
                    .programs()) {
                Row row = row(object, trial, kernel, known, committed);
                now.put(row.program, row);
            }
        }
        reporter.publishEntry("verifier " + kernel, text(now));
        if (WRITE) {
            Files.writeString(TABLE, text(now));
        }
        assertThat(text(now))
                .as("what the programs cost the verifier of Linux %s; if the change is meant, write the table", kernel)
                .isEqualTo(WRITE ? Files.readString(TABLE) : text(committed));
    }

    private static Row row(
            Bytecode object, ProgramTrial trial, String kernel, boolean known, Map<String, Row> committed) {
        String program =
                object.name().toLowerCase(Locale.ROOT) + "/" + trial.program().name();
        int instructions = trial.program().instructionCount();
        Row before = committed.get(program);
        Map<String, String> walked = new TreeMap<>(VerifierStatisticsTest::compareVersions);
        if (before != null && (!WRITE || before.instructions == instructions)) {
            walked.putAll(before.walked);
        }
        if (known) {
            walked.put(
                    kernel,
                    trial.statistics()
                            .map(statistics ->
                                    Long.toString(statistics.instructions().orElse(0)))
                            .orElse("refused"));
        }
        return new Row(program, instructions, walked);
    }

    /** As 6.18: patches do not change the verifier as a rule. */
    private static String kernel() throws IOException {
        String[] parts = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[.-]", -1);
        return parts[0] + "." + parts[1];
    }

    private static int compareVersions(String a, String b) {
        String[] left = a.split("\\.", -1);
        String[] right = b.split("\\.", -1);
        int major = Integer.compare(Integer.parseInt(left[0]), Integer.parseInt(right[0]));
        return major != 0 ? major : Integer.compare(Integer.parseInt(left[1]), Integer.parseInt(right[1]));
    }

    private static Map<String, Row> read() throws IOException {
        Map<String, Row> rows = new LinkedHashMap<>();
        List<String> lines = Files.exists(TABLE) ? Files.readAllLines(TABLE) : List.of();
        for (String line : lines) {
            String[] cell = line.split("\t", -1);
            if (!line.startsWith("#")) {
                Map<String, String> walked = new TreeMap<>(VerifierStatisticsTest::compareVersions);
                for (int i = 2; i < cell.length; i++) {
                    String[] one = cell[i].split("=", 2);
                    walked.put(one[0], one[1]);
                }
                rows.put(cell[0], new Row(cell[0], Integer.parseInt(cell[1]), walked));
            }
        }
        return rows;
    }

    private static String text(Map<String, Row> rows) {
        List<String> lines = new ArrayList<>();
        lines.add("# program\tits instructions\tinstructions that the verifier of each Linux walks");
        rows.values().forEach(row -> {
            List<String> cells = new ArrayList<>(List.of(row.program, Integer.toString(row.instructions)));
            row.walked.forEach((kernel, walked) -> cells.add(kernel + "=" + walked));
            lines.add(String.join("\t", cells));
        });
        return String.join("\n", lines) + "\n";
    }
}
