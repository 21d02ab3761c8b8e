package io.jbpf.controller.failover;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A PodConfigMapConfig as it was written, and what it means by docs/reference.md; nothing here is the controller's own reading.
 *
 * @param name its name
 * @param labels which labels a pod must have
 * @param requirements what else of them must hold
 * @param labelsToInclude keys
 * @param annotationsToInclude keys
 * @param syscalls which calls are counted, all if none is named; empty means that none is
 * @param firewall what passes; empty means no filter
 * @param export whether metrics are exported
 */
record SoakConfig(
        String name,
        Map<String, String> labels,
        List<Requirement> requirements,
        List<String> labelsToInclude,
        List<String> annotationsToInclude,
        Optional<Set<String>> syscalls,
        Optional<Firewall> firewall,
        boolean export) {

    /** A part of {@code matchExpressions}. */
    record Requirement(String key, String operator, List<String> values) {
        boolean holds(Map<String, String> of) {
            return switch (operator) {
                case "In" -> of.containsKey(key) && values.contains(of.get(key));
                case "NotIn" -> !of.containsKey(key) || !values.contains(of.get(key));
                case "Exists" -> of.containsKey(key);
                case "DoesNotExist" -> !of.containsKey(key);
                default -> throw new IllegalStateException(operator);
            };
        }

        private Map<String, Object> spec() {
            Map<String, Object> spec = new TreeMap<>(Map.of("key", key, "operator", operator));
            if (!values.isEmpty()) {
                spec.put("values", values);
            }
            return spec;
        }
    }

    /** A block {@code l4Firewall}. */
    record Firewall(Set<Integer> allowed, Set<Integer> blocked, String defaultAction) {
        boolean passes(int port) {
            return !blocked.contains(port) && (allowed.contains(port) || defaultAction.equals("allow"));
        }

        boolean overlaps() {
            return allowed.stream().anyMatch(port -> blocked.contains(port));
        }
    }

    boolean selects(Map<String, String> of) {
        return of.entrySet().containsAll(labels.entrySet())
                && requirements.stream().allMatch(requirement -> requirement.holds(of));
    }

    boolean asksForPrograms() {
        return syscalls.isPresent() || firewall.isPresent();
    }

    Map<String, Object> spec() {
        Map<String, Object> ebpf = new TreeMap<>();
        syscalls.ifPresent(
                names -> ebpf.put("syscallMonitoring", Map.of("enabled", true, "syscallNames", List.copyOf(names))));
        firewall.ifPresent(rules -> ebpf.put(
                "l4Firewall",
                Map.of(
                        "enabled",
                        true,
                        "allowedPorts",
                        List.copyOf(rules.allowed),
                        "blockedPorts",
                        List.copyOf(rules.blocked),
                        "defaultAction",
                        rules.defaultAction)));
        ebpf.put("metricsExport", Map.of("enabled", export, "updateInterval", "1s"));
        return new TreeMap<>(Map.of(
                "podSelector",
                Map.of(
                        "matchLabels",
                        labels,
                        "matchExpressions",
                        requirements.stream().map(Requirement::spec).toList()),
                "labelsToInclude",
                labelsToInclude,
                "annotationsToInclude",
                annotationsToInclude,
                "ebpfConfig",
                ebpf));
    }

    GenericKubernetesResource resource(String namespace) {
        GenericKubernetesResource resource = new GenericKubernetesResource();
        resource.setApiVersion("podconfig.example.com/v1alpha1");
        resource.setKind("PodConfigMapConfig");
        resource.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        resource.setAdditionalProperty("spec", spec());
        return resource;
    }
}
