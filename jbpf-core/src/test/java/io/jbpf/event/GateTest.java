package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class GateTest {
    private final Gate gate = new Gate("the ring");

    @Test
    void oneAtATime() {
        gate.enter();
        assertThatThrownBy(gate::enter)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the ring is being read already: it has one reader at a time");
        assertThat(gate.leave()).isFalse();
        gate.enter();
    }

    @Test
    void anEmptyOneIsClosedByTheCloserOnce() {
        assertThat(gate.close()).isTrue();
        assertThat(gate.close()).isFalse();
        assertThat(gate.isClosed()).isTrue();
        assertThatThrownBy(gate::enter)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the ring is closed");
    }

    @Test
    void oneWithSomebodyInsideIsClosedByWhoLeaves() {
        gate.enter();
        assertThat(gate.close()).isFalse();
        assertThat(gate.isClosed()).isTrue();
        assertThatThrownBy(gate::enter).hasMessage("the ring is closed");
        assertThat(gate.close()).isFalse();
        assertThat(gate.leave()).isTrue();
        assertThat(gate.isClosed()).isTrue();
    }
}
