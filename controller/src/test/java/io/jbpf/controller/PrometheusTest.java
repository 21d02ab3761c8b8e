package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.jbpf.controller.kubernetes.PrometheusServer;
import io.jbpf.controller.metrics.DocumentedMetrics;
import io.jbpf.controller.node.FirewallCounts;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.SyscallCounts;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a real Prometheus has of a running controller, once there is a value of everything. */
@RequiresTool("prometheus")
class PrometheusTest extends ControllerScenario {
    /** Those that Prometheus gives to whatever it scrapes, and what tells a histogram's buckets apart. */
    private static final Set<String> NOT_OURS = Set.of("__name__", "instance", "job", "le");

    private static final String SPEC = """
            podSelector: {matchLabels: {app: web}}
            ebpfConfig:
              syscallMonitoring: {enabled: true}
              l4Firewall: {enabled: true, blockedPorts: [22]}
              metricsExport: {enabled: true, updateInterval: 1s}
            """;

    @Test
    void everyMetricIsThereWithExactlyItsLabels() throws IOException {
        Pod pod = podHere("counted");
        programs.setCounts(
                identity(pod), new SyscallCounts(Map.of(100, 5L), Map.of("read", 5L)), new FirewallCounts(1, 2, 3, 4));
        config("c", SPEC);
        awaitAttached("c");
        // It fails to attach to one pod, and to detach from another, whose reconciliation fails with that.
        Pod stubborn = podHere("stubborn");
        Waits.until(() -> programs.counted(identity(stubborn)).isPresent());
        programs.refuseToDetach(identity(stubborn), failure(ProgramErrorType.DETACH_FAILED));
        programs.refuse(failure(ProgramErrorType.ATTACH_FAILED));
        Pod refused = podHere("refused");
        client.resource(stubborn).edit(before -> new PodBuilder(before)
                .editMetadata()
                .addToLabels("app", "another")
                .endMetadata()
                .build());

        Map<String, DocumentedMetrics.Metric> documented = DocumentedMetrics.read();
        try (PrometheusServer prometheus = PrometheusServer.start(directory, metricsAddress())) {
            try {
                Waits.until(() -> scraped(prometheus).keySet().equals(documented.keySet()));
            } catch (AssertionError e) {
                assertThat(scraped(prometheus)).isEqualTo(documented);
                throw e;
            }
            assertThat(scraped(prometheus)).isEqualTo(documented);
            assertThat(values(prometheus, "podconfigmap_controller_ebpf_syscall_count_total", "pid"))
                    .containsExactly("100");
            assertThat(values(prometheus, "podconfigmap_controller_ebpf_l4_firewall_total", "stat_type"))
                    .containsExactly("allowed", "blocked", "tcp", "udp");
            assertThat(values(prometheus, "podconfigmap_controller_ebpf_attached_programs", "program_type"))
                    .containsExactly("l4_firewall", "syscall_counter");
            assertThat(values(prometheus, "podconfigmap_controller_ebpf_program_errors_total", "pod_name"))
                    .contains(refused.getMetadata().getName());
            assertThat(values(prometheus, "podconfigmap_controller_ebpf_syscall_count_total", "namespace"))
                    .as("the pod's, by honor_labels")
                    .containsExactly("default");
        }
    }

    private static ProgramException failure(ProgramErrorType type) {
        return new ProgramException(ProgramType.SYSCALL_COUNTER, type, "It fails.", null);
    }

    private static Map<String, DocumentedMetrics.Metric> scraped(PrometheusServer prometheus) {
        JsonNode metadata = prometheus.metadata();
        Map<String, DocumentedMetrics.Metric> metrics = new TreeMap<>();
        for (JsonNode series : prometheus.series("podconfigmap_")) {
            String name = series.path("__name__").asText();
            String histogram = name.replaceAll("_(bucket|sum|count)$", "");
            if (metadata.path(histogram).path(0).path("type").asText().equals("histogram")) {
                name = histogram;
            }
            Set<String> labels = new TreeSet<>();
            series.fieldNames().forEachRemaining(labels::add);
            labels.removeAll(NOT_OURS);
            metrics.put(
                    name,
                    new DocumentedMetrics.Metric(
                            metadata.path(name).path(0).path("type").asText(), labels));
        }
        return metrics;
    }

    private static Set<String> values(PrometheusServer prometheus, String metric, String label) {
        Set<String> values = new TreeSet<>();
        prometheus
                .series(metric)
                .forEach(series -> values.add(series.path(label).asText()));
        return values;
    }
}
