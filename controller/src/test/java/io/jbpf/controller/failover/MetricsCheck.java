package io.jbpf.controller.failover;

import io.jbpf.controller.demo.Scrape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares a page of metrics with what these pods and configs are and what the pods have done. */
final class MetricsCheck {
    private static final String PREFIX = "podconfigmap_controller_";
    private static final List<String> CALLS = List.of("kill", "read", "write");

    private final SoakModel model;
    private final Scrape page;
    private final List<String> differences = new ArrayList<>();

    private MetricsCheck(SoakModel model, Scrape page) {
        this.model = model;
        this.page = page;
    }

    static List<String> differences(SoakModel model, Scrape page) {
        MetricsCheck check = new MetricsCheck(model, page);
        check.attached();
        check.calls();
        check.processes();
        check.packets();
        check.errors();
        check.configs();
        check.single();
        return check.differences;
    }

    private List<SoakPod> exported() {
        return model.pods().stream().filter(pod -> pod.wanted().exported()).toList();
    }

    private static Map<String, String> labels(String... more) {
        Map<String, String> labels = new HashMap<>(Map.of("namespace", SoakCluster.NAMESPACE));
        for (int i = 0; i < more.length; i += 2) {
            labels.put(more[i], more[i + 1]);
        }
        return labels;
    }

    private static Map<String, String> sorted(Map<Map<String, String>, Double> series) {
        Map<String, String> sorted = new TreeMap<>();
        series.forEach((labels, value) -> sorted.put(new TreeMap<>(labels).toString(), value.toString()));
        return sorted;
    }

    private void compare(String metric, Map<Map<String, String>, Double> expected) {
        differences.addAll(ApiCheck.between(metric, sorted(expected), sorted(page.series(PREFIX + metric))));
    }

    private void attached() {
        Map<Map<String, String>, Double> expected = new HashMap<>();
        for (SoakPod pod : exported()) {
            if (pod.wanted().syscalls().isPresent()) {
                expected.put(labels("pod_name", pod.name, "program_type", "syscall_counter"), 1.0);
            }
            if (pod.wanted().refused().isPresent()) {
                expected.put(labels("pod_name", pod.name, "program_type", "l4_firewall"), 1.0);
            }
        }
        compare("ebpf_attached_programs", expected);
    }

    /** What was counted of pods of which it is known when it began is just what they did. */
    private void calls() {
        Map<Map<String, String>, Double> actual = new HashMap<>(page.series(PREFIX + "ebpf_pod_syscalls_total"));
        for (SoakPod pod : exported()) {
            if (pod.wanted().syscalls().isEmpty()) {
                continue;
            }
            for (String call : CALLS) {
                Double counted = actual.remove(labels("pod_name", pod.name, "syscall", call));
                double done = pod.called().of(call);
                if (call.equals("read")) {
                    // Always among what is counted.
                    if (pod.countsExactly() && done > 0 && (counted == null || counted != done)) {
                        differences.add("ebpf_pod_syscalls_total: pod " + pod + " made " + done + " calls of " + call
                                + ", and counted are " + counted);
                    }
                    if (counted == null && done > 0) {
                        differences.add("ebpf_pod_syscalls_total: no series of " + call + " of pod " + pod);
                    }
                }
                if (counted == null && done > 0 && pod.wanted().counts(call)) {
                    differences.add("ebpf_pod_syscalls_total: no series of " + call + " of pod " + pod);
                }
                if (counted != null && pod.countsExactly() && counted > done) {
                    differences.add("ebpf_pod_syscalls_total: pod " + pod + " made " + done + " calls of " + call
                            + ", and counted are " + counted);
                }
            }
        }
        actual.forEach((labels, value) ->
                differences.add("ebpf_pod_syscalls_total left over: " + new TreeMap<>(labels) + " " + value));
    }

    private void processes() {
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> actual = new TreeMap<>();
        for (SoakPod pod : exported()) {
            if (pod.wanted().syscalls().isPresent()) {
                expected.put(
                        new TreeMap<>(labels(
                                        "pod_name",
                                        pod.name,
                                        "pid",
                                        Long.toString(pod.node()
                                                .orElseThrow()
                                                .process()
                                                .pid())))
                                .toString(),
                        "");
            }
        }
        page.series(PREFIX + "ebpf_syscall_count_total")
                .forEach((labels, value) -> actual.put(new TreeMap<>(labels).toString(), ""));
        differences.addAll(ApiCheck.between("ebpf_syscall_count_total", expected, actual));
    }

    private void packets() {
        Map<Map<String, String>, Double> actual = new HashMap<>(page.series(PREFIX + "ebpf_l4_firewall_total"));
        for (SoakPod pod : exported()) {
            if (pod.wanted().refused().isEmpty()) {
                continue;
            }
            Map<String, Double> counted = new TreeMap<>();
            for (String kind : List.of("allowed", "blocked", "tcp", "udp")) {
                Double value = actual.remove(labels("pod_name", pod.name, "stat_type", kind));
                if (value == null) {
                    differences.add("ebpf_l4_firewall_total: no series of " + kind + " of pod " + pod);
                } else {
                    counted.put(kind, value);
                }
            }
            if (counted.size() == 4 && pod.filtersExactly()) {
                double sent = pod.sent();
                if (counted.getOrDefault("udp", -1.0) != sent
                        || counted.getOrDefault("tcp", -1.0) != 0
                        || counted.getOrDefault("allowed", -1.0) + counted.getOrDefault("blocked", -1.0) != sent) {
                    differences.add("ebpf_l4_firewall_total: pod " + pod + " was sent " + sent
                            + " datagrams, and counted are " + counted);
                }
            }
        }
        actual.forEach((labels, value) ->
                differences.add("ebpf_l4_firewall_total left over: " + new TreeMap<>(labels) + " " + value));
    }

    /** There may have been any; none of a pod that is gone. */
    private void errors() {
        page.series(PREFIX + "ebpf_program_errors_total").forEach((labels, value) -> {
            String pod = labels.getOrDefault("pod_name", "");
            if (model.pod(pod).isEmpty()) {
                differences.add("ebpf_program_errors_total left over: " + new TreeMap<>(labels) + " " + value);
            }
        });
    }

    private void configs() {
        Map<Map<String, String>, Double> status = new HashMap<>();
        Map<Map<String, String>, Double> configMaps = new HashMap<>();
        for (SoakConfig config : model.configs()) {
            status.put(labels("name", config.name()), 1.0);
            configMaps.put(labels("pcmc_name", config.name()), (double)
                    model.selected(config).size());
        }
        compare("pcmc_status", status);
        compare("active_configmaps", configMaps);
    }

    private void single() {
        long notCovered = model.pods().stream()
                .filter(pod -> pod.elsewhere && !pod.hasEnded())
                .filter(pod -> model.selecting(pod).stream().anyMatch(SoakConfig::asksForPrograms))
                .count();
        compare("leader", Map.of(Map.of(), 1.0));
        compare("pods_not_covered", Map.of(Map.of(), (double) notCovered));
        compare(
                "queue_depth",
                Map.of(Map.of("queue_name", "pod"), 0.0, Map.of("queue_name", "podconfigmapconfig"), 0.0));
    }
}
