package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SectionNamesTest {
    private final byte[] bytes = TestObjects.bytes("sections");

    /** libbpf lists them when it meets one that it does not know. */
    @Test
    @RequiresTool("bpftool-sid")
    void theNewestLibbpfKnowsNoOther(@TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("sections.o"), bytes);
        String log = Tool.attempt("bpftool-sid", "prog", "loadall", file.toString(), "/sys/fs/bpf/none")
                .output();
        Matcher list =
                Pattern.compile("supported section\\(type\\) names are: (.+)").matcher(log);
        assertThat(list.find()).as(log).isTrue();
        List<String> names = Pattern.compile(" ").splitAsStream(list.group(1)).toList();
        assertThat(names).hasSizeGreaterThan(100).allSatisfy(name -> {
            boolean takesTarget = name.endsWith("+");
            assertThat(SectionRule.find(name.replace("+", "")))
                    .as(name)
                    .hasValueSatisfying(rule -> assertThat(rule.takesTarget()).isEqualTo(takesTarget));
        });
    }

    @Test
    void aNameOfOnesOwnGivesTypeAndTarget() {
        SectionNames names =
                SectionNames.STANDARD.with("of_my_own/", program -> program.withType(ProgramType.RAW_TRACEPOINT));
        ProgramSpec mystery = ObjectSpec.parse("sections", bytes, names).program("mystery");
        assertThat(mystery.type()).isEqualTo(ProgramType.RAW_TRACEPOINT);
        assertThat(mystery.attachTarget()).isEqualTo("thing");
    }

    @Test
    void aNameOfOnesOwnGoesBeforeTheStandardOnes() {
        SectionNames names = SectionNames.STANDARD
                .with("xdp", program -> program.withType(ProgramType.SOCKET_FILTER))
                .with("lsm.s+", program -> program.withType(ProgramType.TRACING)
                        .withAttachType(AttachType.TRACE_FENTRY)
                        .withAttachesToBtf(true));
        ObjectSpec spec = ObjectSpec.parse("sections", bytes, names);
        assertThat(spec.program("express").type()).isEqualTo(ProgramType.SOCKET_FILTER);
        assertThat(spec.program("fragmented").type()).as("another name").isEqualTo(ProgramType.XDP);
        assertThat(spec.program("sleepy").attachTarget()).isEqualTo("bprm_committed_creds");
        assertThat(spec.program("sleepy").autoload()).as("with a question mark").isFalse();
        assertThat(spec.program("sleepy").attachesToBtf()).isTrue();
    }

    @Test
    void whatNoNameFitsFallsBack() {
        SectionNames names = SectionNames.STANDARD.withFallback(program -> program.withType(ProgramType.SOCKET_FILTER));
        ObjectSpec spec = ObjectSpec.parse("sections", bytes, names);
        assertThat(spec.program("mystery").type()).isEqualTo(ProgramType.SOCKET_FILTER);
        assertThat(spec.program("express").type()).isEqualTo(ProgramType.XDP);
        assertThatThrownBy(() -> SectionNames.STANDARD.with("/", program -> program))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
