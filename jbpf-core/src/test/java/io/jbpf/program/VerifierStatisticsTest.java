package io.jbpf.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerifierStatisticsTest {
    @Test
    void areReadFromWhatTheKernelWrites() {
        VerifierStatistics statistics = VerifierStatistics.in("""
                verification time 123 usec
                stack depth 8+0
                processed 42 insns (limit 1000000) max_states_per_insn 1 total_states 3 peak_states 2 mark_read 1
                """);
        assertThat(statistics.instructions()).hasValue(42);
        assertThat(statistics.states()).hasValue(3);
        assertThat(statistics.peakStates()).hasValue(2);
        assertThat(statistics.microseconds()).hasValue(123);
    }

    @Test
    void whatAKernelDoesNotTellIsAbsent() {
        VerifierStatistics statistics = VerifierStatistics.in("insns walked: 99999999999999999999\nprocessed");
        assertThat(statistics.instructions()).isEmpty();
        assertThat(statistics.states()).isEmpty();
        assertThat(statistics.peakStates()).isEmpty();
        assertThat(statistics.microseconds()).isEmpty();
    }
}
