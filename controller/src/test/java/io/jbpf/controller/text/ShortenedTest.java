package io.jbpf.controller.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShortenedTest {
    @Test
    void leavesAloneWhatFits() {
        assertThat(Shortened.to("a".repeat(63), 63, "")).isEqualTo("a".repeat(63));
    }

    @Test
    void shortensToTheLimitAndKeepsTheSuffix() {
        assertThat(Shortened.to("a".repeat(300) + "-cfg", 253, "-cfg"))
                .hasSize(253)
                .endsWith("-cfg");
    }

    @Test
    void keepsDifferentNamesDifferent() {
        assertThat(Shortened.to("a".repeat(300) + "b", 253, "")).isNotEqualTo(Shortened.to("a".repeat(301), 253, ""));
    }

    @Test
    void endsTheBeginningInALetterOrDigit() {
        assertThat(Shortened.to("a".repeat(40) + ".".repeat(60), 63, "")).matches("[a-z]+-[0-9a-f]{16}");
    }
}
