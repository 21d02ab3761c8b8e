package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OnlineCpusTest {
    @Test
    void readsTheKernelsLists() {
        assertThat(OnlineCpus.parse("0\n")).containsExactly(0);
        assertThat(OnlineCpus.parse("0-3,8,10-11\n")).containsExactly(0, 1, 2, 3, 8, 10, 11);
        assertThatThrownBy(() -> OnlineCpus.parse("zero")).isInstanceOf(NumberFormatException.class);
    }

    @Test
    void thisMachineHasOne() {
        assertThat(OnlineCpus.read()).isNotEmpty();
    }
}
