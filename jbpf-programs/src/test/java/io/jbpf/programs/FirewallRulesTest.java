package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FirewallRulesTest {
    @Test
    void blockedWinsOverAllowed() {
        FirewallRules rules = new FirewallRules(PortSet.of(22, 80), PortSet.of(22, 23), DefaultAction.ALLOW);
        assertThat(rules.refuses(22)).isTrue();
        assertThat(rules.refuses(80)).isFalse();
        assertThat(rules.overlap()).isEqualTo(PortSet.of(22));
    }

    @Test
    void theDefaultDecidesTheRest() {
        FirewallRules block = new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK);
        assertThat(block.refuses(80)).isFalse();
        assertThat(block.refuses(81)).isTrue();
        assertThat(block.refuses(0)).isTrue();
        FirewallRules allow = new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.ALLOW);
        assertThat(allow.refuses(81)).isFalse();
        assertThat(allow.refusesAny()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void theBitmapSaysTheSameForEveryPort(DefaultAction action) {
        FirewallRules rules = new FirewallRules(PortSet.parse("1,80,443,60000-65535"), PortSet.parse("80,22"), action);
        BitSet refused = rules.refusedPorts();
        for (int port = 0; port <= PortSet.MAX; port++) {
            assertThat(refused.get(port)).as("port %d", port).isEqualTo(rules.refuses(port));
        }
        assertThat(refused.length()).isLessThanOrEqualTo(65_536);
        assertThat(rules.refusesAny()).isTrue();
    }

    @Test
    void actionsAreReadInAnyCase() {
        assertThat(DefaultAction.of("Block")).isEqualTo(DefaultAction.BLOCK).hasToString("block");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> DefaultAction.of("deny"))
                .withMessage("default action 'deny' is neither 'allow' nor 'block'");
    }
}
