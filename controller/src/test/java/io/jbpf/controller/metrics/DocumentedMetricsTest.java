package io.jbpf.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.metrics.DocumentedMetrics.Metric;
import io.jbpf.controller.node.FirewallCounts;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.node.SyscallCounts;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/reference.md against what is exported when everything there is has a value. */
class DocumentedMetricsTest {
    private static final Pattern SAMPLE = Pattern.compile("(podconfigmap_[a-z0-9_]+)(?:\\{(.*)})? [0-9.E]+");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

    @Test
    void theTableSaysWhatIsExported() throws IOException {
        assertThat(DocumentedMetrics.read()).isEqualTo(exported());
    }

    @Test
    void theSpecificationsMetricsHaveItsLabels() throws IOException {
        Map<String, Metric> exported = exported();
        String prefix = "podconfigmap_controller_ebpf_";

        assertThat(exported)
                .containsEntry(
                        prefix + "syscall_count_total", new Metric("counter", Set.of("namespace", "pod_name", "pid")))
                .containsEntry(
                        prefix + "l4_firewall_total",
                        new Metric("counter", Set.of("namespace", "pod_name", "stat_type")))
                .containsEntry(
                        prefix + "attached_programs",
                        new Metric("gauge", Set.of("namespace", "pod_name", "program_type")))
                .containsEntry(
                        prefix + "program_errors_total",
                        new Metric("counter", Set.of("namespace", "pod_name", "program_type", "error_type")));
    }

    private static Map<String, Metric> exported() throws IOException {
        Revision revision = new Revision();
        RecordingPrograms programs = new RecordingPrograms();
        ProgramErrors errors = new ProgramErrors(revision);
        PodSampler sampler = new PodSampler(programs, errors, System::nanoTime, 10, revision);
        ConfigMapOperations operations = new ConfigMapOperations(revision);
        ConfigMetrics configs = new ConfigMetrics(operations, revision, () -> true);
        PodIdentity pod = new PodIdentity(new ObjectKey("n", "p"), "uid");
        programs.count(pod, Path.of("/"), SyscallRules.ALL);
        programs.setCounts(pod, new SyscallCounts(Map.of(1, 1L), Map.of("read", 1L)), new FirewallCounts(1, 2, 3, 4));
        sampler.begin();
        sampler.export(pod, Duration.ofSeconds(1), EnumSet.allOf(ProgramType.class));
        sampler.sampleDue();
        errors.count(
                pod.key(),
                new ProgramException(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "It failed.", null));
        configs.set(new ObjectKey("n", "c"), true, 1);
        operations.count(ConfigMapOperations.Operation.CREATE, "n", ConfigMapOperations.Result.SUCCESS);
        PrometheusRegistry registry = new PrometheusRegistry();
        WorkMetrics work = new WorkMetrics(registry, revision);
        work.queue("pod", () -> 1);
        work.leader(() -> true);
        work.podsNotCovered(() -> 1);
        work.reconciled("pod", "n", Duration.ofMillis(1));
        work.failed("pod", "n", "timeout");
        registry.register(errors);
        registry.register(configs);
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.builder().build();
        writer.write(page, registry.scrape());
        for (PrometheusRegistry ofPods : EbpfMetrics.of(sampler)) {
            writer.write(page, ofPods.scrape());
        }
        return read(page.toString(StandardCharsets.UTF_8));
    }

    private static Map<String, Metric> read(String page) {
        Map<String, String> types = new TreeMap<>();
        Map<String, Metric> metrics = new TreeMap<>();
        page.lines().forEach(line -> {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ", -1);
                types.put(words[2], words[3]);
            } else if (!line.startsWith("#")) {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                String name = metric(sample.group(1), types);
                Set<String> labels = new TreeSet<>();
                if (sample.group(2) != null) {
                    LABEL.matcher(sample.group(2)).results().forEach(label -> labels.add(label.group(1)));
                }
                // What tells a histogram's buckets apart is no label of the metric.
                labels.remove("le");
                metrics.put(name, new Metric(String.valueOf(types.get(name)), labels));
            }
        });
        assertThat(metrics.keySet()).as("every metric has a value here").isEqualTo(types.keySet());
        return metrics;
    }

    /** A histogram is one metric with samples of several names. */
    private static String metric(String sample, Map<String, String> types) {
        String name = sample.replaceAll("_(bucket|sum|count)$", "");
        return "histogram".equals(types.get(name)) ? name : sample;
    }
}
