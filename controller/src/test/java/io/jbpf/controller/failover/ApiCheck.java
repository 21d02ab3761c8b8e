package io.jbpf.controller.failover;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.cluster.ClusterCache;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Compares what is in the API with what docs/reference.md says it is for these pods and configs. */
final class ApiCheck {
    private final KubernetesClient api;
    private final SoakModel model;

    ApiCheck(KubernetesClient api, SoakModel model) {
        this.api = api;
        this.model = model;
    }

    List<String> differences() {
        List<String> differences = new ArrayList<>(configMaps());
        differences.addAll(statuses());
        return differences;
    }

    /** What a ConfigMap must have. */
    private record Described(Map<String, String> data, Map<String, String> labels, List<String> owners) {}

    private List<String> configMaps() {
        Map<String, Described> expected = new TreeMap<>();
        for (SoakPod pod : model.pods()) {
            for (SoakConfig config : model.selecting(pod)) {
                expected.put(SoakModel.configMap(pod, config), describe(pod, config));
            }
        }
        Map<String, Described> actual = new TreeMap<>();
        for (ConfigMap each :
                api.configMaps().inNamespace(SoakCluster.NAMESPACE).list().getItems()) {
            Map<String, String> data = new TreeMap<>(Objects.requireNonNullElse(each.getData(), Map.of()));
            data.remove(Churn.FOREIGN_KEY);
            List<String> owners = new ArrayList<>();
            for (OwnerReference owner :
                    Objects.requireNonNullElse(each.getMetadata().getOwnerReferences(), List.<OwnerReference>of())) {
                owners.add(owner.getApiVersion() + " " + owner.getKind() + " " + owner.getName() + " " + owner.getUid()
                        + (Boolean.TRUE.equals(owner.getBlockOwnerDeletion()) ? " blocks" : ""));
            }
            actual.put(
                    each.getMetadata().getName(),
                    new Described(
                            data,
                            new TreeMap<>(Objects.requireNonNullElse(
                                    each.getMetadata().getLabels(), Map.of())),
                            owners));
        }
        return between("ConfigMap", expected, actual);
    }

    private static Described describe(SoakPod pod, SoakConfig config) {
        String node = pod.elsewhere ? "other-node" : SoakCluster.NODE;
        Map<String, String> data = new TreeMap<>();
        data.put("podName", pod.name);
        data.put("namespace", SoakCluster.NAMESPACE);
        data.put("nodeName", node);
        data.put("phase", pod.phase());
        for (String key : config.labelsToInclude()) {
            if (pod.labels.containsKey(key)) {
                data.put("label_" + key.replace('/', '_'), pod.labels.get(key));
            }
        }
        for (String key : config.annotationsToInclude()) {
            if (pod.annotations.containsKey(key)) {
                data.put("annotation_" + key.replace('/', '_'), pod.annotations.get(key));
            }
        }
        data.put("ebpf_enabled", String.valueOf(config.asksForPrograms()));
        data.put("ebpf_syscall_monitoring", String.valueOf(config.syscalls().isPresent()));
        data.put("ebpf_l4_firewall", String.valueOf(config.firewall().isPresent()));
        config.firewall().ifPresent(rules -> data.put("ebpf_l4_firewall_default_action", rules.defaultAction()));
        data.put("ebpf_metrics_export", String.valueOf(config.export()));
        Map<String, String> labels = new TreeMap<>(Map.of(
                "podconfig.example.com/generated-by-pcmc",
                config.name(),
                "podconfig.example.com/pod-uid",
                pod.uid,
                "podconfig.example.com/node",
                node));
        return new Described(data, labels, List.of("v1 Pod " + pod.name + " " + pod.uid));
    }

    private List<String> statuses() {
        Map<String, Map<String, String>> expected = new TreeMap<>();
        model.configs().forEach(config -> expected.put(config.name(), status(config)));
        Map<String, Map<String, String>> actual = new TreeMap<>();
        for (GenericKubernetesResource config : api.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(SoakCluster.NAMESPACE)
                .list()
                .getItems()) {
            Map<String, String> status = new TreeMap<>();
            status.put("matchedPods", Objects.toString(config.<Object>get("status", "matchedPods")));
            status.put("attachedPods", Objects.toString(config.<Object>get("status", "attachedPods")));
            status.put(
                    "observes its generation",
                    String.valueOf(Objects.toString(config.<Object>get("status", "observedGeneration"))
                            .equals(String.valueOf(config.getMetadata().getGeneration()))));
            if (config.get("status", "conditions") instanceof List<?> conditions) {
                for (Object each : conditions) {
                    Map<?, ?> condition = (Map<?, ?>) each;
                    status.put(
                            String.valueOf(condition.get("type")),
                            condition.get("status") + " " + condition.get("reason"));
                }
            }
            actual.put(config.getMetadata().getName(), status);
        }
        return between("status of config", expected, actual);
    }

    private Map<String, String> status(SoakConfig config) {
        List<SoakPod> selected = model.selected(config);
        List<SoakPod> alive = selected.stream().filter(pod -> !pod.hasEnded()).toList();
        // A config that asks for nothing has nobody without its programs; but what others want of the pod counts, too.
        List<SoakPod> attached = alive.stream()
                .filter(pod -> !pod.elsewhere)
                .filter(pod -> model.selecting(pod).stream().anyMatch(SoakConfig::asksForPrograms))
                .toList();
        Map<String, String> status = new HashMap<>();
        status.put("matchedPods", String.valueOf(selected.size()));
        status.put("attachedPods", String.valueOf(attached.size()));
        status.put("observes its generation", "true");
        status.put("Ready", "True Reconciled");
        status.put("EbpfReady", ebpfReady(config, selected, alive));
        if (config.firewall().filter(SoakConfig.Firewall::overlaps).isPresent()) {
            status.put("PortsOverlap", "True BlockedWins");
        }
        if (selected.stream().anyMatch(pod -> model.selecting(pod).size() > 1)) {
            status.put("Merged", "True SeveralConfigs");
        }
        return new TreeMap<>(status);
    }

    private static String ebpfReady(SoakConfig config, List<SoakPod> selected, List<SoakPod> alive) {
        if (!config.asksForPrograms()) {
            return "True NotRequested";
        }
        if (alive.stream().anyMatch(pod -> pod.elsewhere)) {
            return "False NodeNotCovered";
        }
        if (alive.isEmpty()) {
            return selected.isEmpty() ? "Unknown NoMatchingPods" : "Unknown PodsCompleted";
        }
        return "True Attached";
    }

    /** What is missing, what is left over, and what is not as it should be. */
    static <T> List<String> between(String what, Map<String, T> expected, Map<String, T> actual) {
        List<String> differences = new ArrayList<>();
        expected.forEach((name, wanted) -> {
            T found = actual.get(name);
            if (found == null) {
                differences.add(what + " " + name + " is missing: " + wanted);
            } else if (!found.equals(wanted)) {
                differences.add(what + " " + name + " is " + found + " and should be " + wanted);
            }
        });
        String leftOver = actual.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .map(name -> name + "=" + actual.get(name))
                .collect(Collectors.joining(", "));
        if (!leftOver.isEmpty()) {
            differences.add(what + " left over: " + leftOver);
        }
        return differences;
    }
}
