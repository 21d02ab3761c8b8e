package io.jbpf.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RefusalsTest {
    @Test
    void capabilitiesThatAreMissingAreNamed() {
        assertThat(Refusals.missingCapabilities("Name:\tjava\nCapEff:\t0000000000000000\n"))
                .containsExactly("CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN");
        assertThat(Refusals.missingCapabilities("CapEff:\t000000c000001000\n")).isEmpty();
        assertThat(Refusals.missingCapabilities("CapEff:\t0000008000001000\n")).containsExactly("CAP_PERFMON");
        assertThat(Refusals.missingCapabilities("CapEff:\t0000000000200000\n"))
                .as("CAP_SYS_ADMIN stands for all")
                .isEmpty();
        assertThat(Refusals.missingCapabilities("")).isEmpty();
    }

    @Test
    void theLockdownModeIsTheOneInBrackets() {
        assertThat(Refusals.lockdown("[none] integrity confidentiality\n")).isEmpty();
        assertThat(Refusals.lockdown("none integrity [confidentiality]\n")).isEqualTo("confidentiality");
        assertThat(Refusals.lockdown("")).isEmpty();
    }
}
