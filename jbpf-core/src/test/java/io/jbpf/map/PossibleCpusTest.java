package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PossibleCpusTest {
    @Test
    void aListWithGapsIsCountedWithoutThem() {
        assertThat(PossibleCpus.count("0\n")).isEqualTo(1);
        assertThat(PossibleCpus.count("0-127")).isEqualTo(128);
        assertThat(PossibleCpus.count("0-3,8,10-11\n")).isEqualTo(7);
    }

    @Test
    void anythingElseIsRefused() {
        assertThatThrownBy(() -> PossibleCpus.count("")).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(() -> PossibleCpus.count("3-1")).isInstanceOf(NumberFormatException.class);
    }
}
