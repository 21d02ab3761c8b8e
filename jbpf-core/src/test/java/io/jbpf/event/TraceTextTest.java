package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TraceTextTest {
    private final TraceText text = new TraceText();

    private List<TraceLine> read(String read) {
        text.add(ByteBuffer.wrap(read.getBytes(StandardCharsets.UTF_8)));
        List<TraceLine> lines = new ArrayList<>();
        for (Optional<TraceLine> line = text.poll(); line.isPresent(); line = text.poll()) {
            lines.add(line.get());
        }
        return lines;
    }

    @Test
    void aLineOfANewKernel() {
        assertThat(read("            bash-1234    [001] d..21  4711.000123: bpf_trace_printk: hello: world\n"))
                .containsExactly(new TraceLine(
                        "bash",
                        1234,
                        1,
                        "d..21",
                        Duration.ofNanos(4_711_000_123_000L),
                        "bpf_trace_printk",
                        "hello: world"));
    }

    @Test
    void aLineOfAnOldKernelAndOfATaskThatHasGone() {
        assertThat(read("           <...>-77      [000] .... 12.500000: bpf_trace_printk: x\n"))
                .containsExactly(
                        new TraceLine("<...>", 77, 0, "....", Duration.ofMillis(12_500), "bpf_trace_printk", "x"));
    }

    @Test
    void namesOfTasksMayHaveAnyLetters() {
        assertThat(read("   Web Content-9-[2]-31    [011] d...1 1.000001: bpf_trace_printk: y\n"))
                .extracting(TraceLine::task, TraceLine::pid, TraceLine::cpu)
                .containsExactly(tuple("Web Content-9-[2]", 31, 11));
    }

    @Test
    void theProcessMayStandThereToo() {
        assertThat(read("  java-31  (     30) [002] d...1 1.000001: bpf_trace_printk: y\n"))
                .extracting(TraceLine::pid)
                .containsExactly(31);
    }

    @Test
    void messagesOfSeveralLinesStayTogether() {
        assertThat(read("""
                           a-1    [000] d...1 1.000001: bpf_trace_printk: first
                second

                           a-1    [000] d...1 1.000002: bpf_trace_printk: third
                """)).extracting(TraceLine::message).containsExactly("first\nsecond", "third");
    }

    @Test
    void lossesAreAddedUp() {
        assertThat(read("""
                CPU:0 [LOST 12 EVENTS]
                           a-1    [000] d...1 1.000001: bpf_trace_printk: x
                CPU:1 [LOST 30 EVENTS]
                """)).hasSize(1);
        assertThat(text.lost()).isEqualTo(42);
    }

    @Test
    void whatIsNoLineIsNone() {
        assertThat(read("# tracer: nop\n#\n")).isEmpty();
        assertThat(TraceLine.parse("a-99999999999 [000] d...1 1.000001: bpf_trace_printk: x"))
                .isEmpty();
    }
}
