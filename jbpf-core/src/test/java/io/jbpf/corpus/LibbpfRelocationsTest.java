package io.jbpf.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.KernelResolution;
import io.jbpf.object.ObjectSpec;
import io.jbpf.relocation.CoreResolution;
import io.jbpf.relocation.CoreResolution.Poisoned;
import io.jbpf.relocation.CoreResolution.Resolved;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What jbpf lists of an object's CO-RE relocations on this kernel is what libbpf writes in its log. */
@KernelTest
@RequiresTool({"bpftool", "unshare"})
final class LibbpfRelocationsTest {
    /** {@code prog 'f': relo #3: <byte_off> [2] struct task.flag (0:8 @ offset 72.3)}; {@code enum e::V = 1}. */
    private static final Pattern QUESTION = Pattern.compile(
            "libbpf: prog '(\\w+)': relo #\\d+: <(\\w+)> \\[(\\d+)] (?:typedef )?(.+?)(?: \\(([0-9:]+) @ offset [0-9.]+\\)| = -?\\d+)?");

    private static final Pattern ANSWER = Pattern.compile(
            "libbpf: prog '\\w+': relo #\\d+: (?:patched insn #(\\d+) \\(\\S+\\) (?:imm|off|imm64) -?\\d+ -> (-?\\d+)"
                    + "|substituting insn #(\\d+) w/ invalid insn)");

    @TempDir
    private Path directory;

    @Test
    void ofTypesThisKernelDoesNotHave() throws Exception {
        assertSame(TestObjects.bytes("core"), 43);
    }

    @Test
    void ofTypesThatAModuleMayHave() throws Exception {
        assertSame(TestObjects.bytes("module_types"), 10);
    }

    @Test
    @RequiresTool("clang-14")
    void ofEveryKindAskedOfTypesThatItHas() throws Exception {
        Path source = Path.of("src", "test", "bpf", "corpus", "core_kinds.bpf.c");
        assertSame(Files.readAllBytes(CorpusTest.compiled(CorpusTest.OLDEST, source)), 40);
    }

    private void assertSame(byte[] object, int atLeast) throws Exception {
        List<String> ours = KernelResolution.of(ObjectSpec.parse("object", object)).coreRelocations().stream()
                .map(LibbpfRelocationsTest::row)
                .toList();
        Path file = Files.write(directory.resolve("object.o"), object);
        // The log says it all before the programs are loaded; whether they are is no matter.
        Tool.Ending ending = Tool.attempt(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t bpf bpf /sys/fs/bpf && bpftool -d prog loadall \"$1\" /sys/fs/bpf/programs",
                "sh",
                file.toString());
        assertThat(ours)
                .hasSizeGreaterThanOrEqualTo(atLeast)
                .containsExactlyInAnyOrderElementsOf(rows(ending.output()));
    }

    private static String row(CoreResolution ours) {
        String answer = ours.outcome() instanceof Resolved resolved
                ? Long.toString(resolved.value())
                : ours.outcome() instanceof Poisoned
                        ? "invalid"
                        : ours.outcome().toString();
        return row(
                        ours.function(),
                        ours.kind(),
                        ours.relocation().typeId() + "",
                        ours.subject(),
                        ours.instruction() + "")
                + answer;
    }

    private static String row(String function, String kind, String typeId, String subject, String instruction) {
        return function + " insn " + instruction + " <" + kind + "> [" + typeId + "] " + subject + ": ";
    }

    private static List<String> rows(String log) {
        List<String> rows = new ArrayList<>();
        Matcher question = null;
        for (String line : log.lines().toList()) {
            Matcher asked = QUESTION.matcher(line);
            Matcher answered = ANSWER.matcher(line);
            if (asked.matches()) {
                question = asked;
            } else if (answered.matches() && question != null) {
                boolean patched = answered.group(1) != null;
                rows.add(row(
                                question.group(1),
                                question.group(2),
                                question.group(3),
                                question.group(4),
                                answered.group(patched ? 1 : 3))
                        + (patched ? answered.group(2) : "invalid"));
                // Of a 64-bit load both halves are replaced.
                question = null;
            }
        }
        return rows;
    }
}
