package io.jbpf.program;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VerifierLogTest {
    private static final VerifierLog LOG = new VerifierLog("""
            0: R1=ctx() R10=fp0
            ; __u64 *value = bpf_map_lookup_elem(&counts, &key); @ counter.bpf.c:14
            5: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=counts,ks=4,vs=8)
            ; *value += 1; @ counter.bpf.c:15
            6: (79) r1 = *(u64 *)(r0 +0)
            R0 invalid mem access 'map_value_or_null'
            processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """);

    @Test
    void theComplaintIsTheLastLineThatIsNeitherTraceNorStatistics() {
        assertThat(LOG.complaint()).isEqualTo("R0 invalid mem access 'map_value_or_null'");
    }

    @Test
    void theSourceLineIsTheOneBeforeTheComplaint() {
        assertThat(LOG.sourceLine()).isEqualTo("*value += 1; @ counter.bpf.c:15");
    }

    @Test
    void anEmptyLogHasNeither() {
        assertThat(new VerifierLog("").complaint()).isEmpty();
        assertThat(new VerifierLog("").sourceLine()).isEmpty();
    }
}
