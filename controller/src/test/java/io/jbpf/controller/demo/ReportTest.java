package io.jbpf.controller.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Http.Answer ANSWER = new Http.Answered(200, "Hello");
    private static final Http.Answer SILENCE = new Http.Silence(Duration.ofSeconds(1));
    private static final Look WITHOUT = new Look(ANSWER, ANSWER, Map.of(), PodMetrics.NONE);
    private static final PodMetrics FIRST = metrics(7, 0, 0);
    private static final PodMetrics LAST = metrics(1_100, 30, 1);
    private static final Map<String, String> CONFIG_MAP = Map.of(
            "podName", "my-app",
            "namespace", "default",
            "nodeName", "demo-node",
            "phase", "Running",
            "ebpf_enabled", "true",
            "ebpf_syscall_monitoring", "true",
            "ebpf_l4_firewall", "true",
            "ebpf_l4_firewall_default_action", "allow",
            "ebpf_metrics_export", "true");

    private static PodMetrics metrics(long calls, long allowed, long blocked) {
        return new PodMetrics(
                OptionalLong.of(calls),
                OptionalLong.of(allowed),
                OptionalLong.of(blocked),
                List.of("l4_firewall", "syscall_counter"),
                List.of());
    }

    @Test
    void holdsIfEverythingCameAbout() {
        Report report = Report.of(WITHOUT, FIRST, new Look(ANSWER, SILENCE, CONFIG_MAP, LAST));

        assertThat(report.allHold()).isTrue();
        assertThat(printed(report)).contains("✓  system calls counted         7              1,100");
    }

    @Test
    void doesNotTakeAClosedPortForABlockedOne() {
        Look with = new Look(ANSWER, new Http.Refused("Connection refused"), CONFIG_MAP, LAST);

        assertThat(printed(Report.of(WITHOUT, FIRST, with))).contains("✗  port 22");
    }

    @Test
    void doesNotTakeAPortForBlockedThatNeverAnswered() {
        Look without = new Look(ANSWER, SILENCE, Map.of(), PodMetrics.NONE);

        assertThat(printed(Report.of(without, FIRST, new Look(ANSWER, SILENCE, CONFIG_MAP, LAST))))
                .contains("✗  port 22");
    }

    @Test
    void wantsTheCallsThatThePodWasAskedToMake() {
        Look with = new Look(ANSWER, SILENCE, CONFIG_MAP, metrics(900, 30, 1));

        assertThat(printed(Report.of(WITHOUT, FIRST, with))).contains("✗  system calls counted");
    }

    @Test
    void countsFromZeroWhereThereWasNoSeriesYet() {
        assertThat(Report.of(WITHOUT, PodMetrics.NONE, new Look(ANSWER, SILENCE, CONFIG_MAP, LAST))
                        .allHold())
                .isTrue();
    }

    @Test
    void doesNotTakeAnotherConfigMapForThePods() {
        Map<String, String> other = new HashMap<>(CONFIG_MAP);
        other.put("podName", "another");

        assertThat(printed(Report.of(WITHOUT, FIRST, new Look(ANSWER, SILENCE, other, LAST))))
                .contains("✗  ConfigMap");
    }

    private static String printed(Report report) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        report.print(out);
        report.printVerdict(out);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
