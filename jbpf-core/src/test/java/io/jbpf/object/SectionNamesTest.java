package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.testkit.TestObjects;
import org.junit.jupiter.api.Test;

final class SectionNamesTest {
    private final byte[] bytes = TestObjects.bytes("sections");

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
