package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EbpfReportTest {
    @Test
    void anAttachedPodIsOneWord() {
        assertThat(EbpfReport.text(new EbpfState.Attached())).isEqualTo("attached");
    }

    @ParameterizedTest
    @EnumSource(ProgramErrorType.class)
    void everyFailureIsReadAsItWasWritten(ProgramErrorType type) {
        for (ProgramType program : ProgramType.values()) {
            EbpfState state = new EbpfState.Failed(program, type, "It was refused: no.\nSee the log.");
            assertThat(EbpfReport.read(EbpfReport.text(state))).contains(state);
        }
    }

    @Test
    void everyOtherStateIsReadAsItWasWritten() {
        for (EbpfState state : new EbpfState[] {
            new EbpfState.Attached(), new EbpfState.NotWanted(), new EbpfState.Waiting("Its cgroup is not there yet.")
        }) {
            assertThat(EbpfReport.read(EbpfReport.text(state))).contains(state);
        }
    }

    @Test
    void aLongMessageIsCutShort() {
        String text = EbpfReport.text(new EbpfState.Waiting("x".repeat(5000)));

        assertThat(text).hasSizeLessThanOrEqualTo(1024).endsWith("…");
        assertThat(EbpfReport.read(text)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Attached", "nonsense", "HostNetwork: no program", "Never l4_firewall: no such type"})
    void whatSomebodyElseWroteIsNoState(String text) {
        assertThat(EbpfReport.read(text)).isEmpty();
    }
}
