package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.crd.DefaultAction;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.text.Shortened;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The ConfigMap that describes a pod as one config asks for it. */
public final class PodConfigMap {
    /** The label with the name of the config, shortened if need be; it marks every ConfigMap that is ours. */
    public static final String GENERATED_BY = "podconfig.example.com/generated-by-pcmc";

    /** The label with the UID of the pod. */
    public static final String POD_UID = "podconfig.example.com/pod-uid";

    /** The label with the name of the pod's node, shortened if need be. */
    public static final String NODE = "podconfig.example.com/node";

    /** The annotation by which an agent tells how it stands with the pod's programs: {@code attached}, or a reason. */
    public static final String EBPF_STATE = "podconfig.example.com/ebpf-state";

    private static final String SUFFIX = "-cfg";
    private static final int LONGEST_KEY = 253;

    /** What the API server allows all values of a ConfigMap together. */
    private static final int LARGEST = 1 << 20;

    /** What keys of ours begin with; the four about the pod are always there. */
    private static final String LABEL = "label_";

    private static final String ANNOTATION = "annotation_";
    private static final String EBPF = "ebpf_";

    private PodConfigMap() {}

    /**
     * The name of the ConfigMap.
     *
     * @param pod the pod's name
     * @param config the config's name
     * @return {@code pod-<pod>-from-<config>-cfg}, shortened with a hash beyond 253 characters
     */
    public static String name(String pod, String config) {
        return Shortened.to("pod-" + pod + "-from-" + config + SUFFIX, Shortened.OBJECT_NAME, SUFFIX);
    }

    /**
     * The ConfigMap as it shall be.
     *
     * @param pod the pod
     * @param config a config that selects it
     * @return the ConfigMap, with no field but ours
     */
    public static ConfigMap of(Pod pod, Config config) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(config.key().namespace())
                .withName(name(pod.getMetadata().getName(), config.key().name()))
                .withLabels(labels(pod, config))
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endOwnerReference()
                .endMetadata()
                .withData(data(pod, config))
                .build();
    }

    private static Map<String, String> labels(Pod pod, Config config) {
        SortedMap<String, String> labels = new TreeMap<>();
        labels.put(GENERATED_BY, generatedBy(config.key()));
        labels.put(POD_UID, pod.getMetadata().getUid());
        String node = nodeName(pod);
        if (!node.isEmpty()) {
            labels.put(NODE, nodeLabel(node));
        }
        return labels;
    }

    /**
     * The value of {@link #GENERATED_BY}.
     *
     * @param config where the config is
     * @return its name, shortened beyond 63 characters
     */
    public static String generatedBy(ObjectKey config) {
        return Shortened.to(config.name(), Shortened.LABEL_VALUE, "");
    }

    /**
     * The value of {@link #NODE}.
     *
     * @param node the node's name
     * @return the name, shortened beyond 63 characters
     */
    public static String nodeLabel(String node) {
        return Shortened.to(node, Shortened.LABEL_VALUE, "");
    }

    private static Map<String, String> data(Pod pod, Config config) {
        SortedMap<String, String> data = new TreeMap<>();
        data.put("podName", pod.getMetadata().getName());
        data.put("namespace", pod.getMetadata().getNamespace());
        data.put("nodeName", nodeName(pod));
        data.put("phase", pod.getStatus() == null ? "" : orEmpty(pod.getStatus().getPhase()));
        include(data, LABEL, config.labels(), pod.getMetadata().getLabels());
        include(data, ANNOTATION, config.annotations(), pod.getMetadata().getAnnotations());
        Optional<FirewallRules> firewall = config.programs().firewall();
        data.put(EBPF + "enabled", Boolean.toString(config.programs().any()));
        data.put(
                EBPF + "syscall_monitoring",
                Boolean.toString(config.programs().syscalls().isPresent()));
        data.put(EBPF + "l4_firewall", Boolean.toString(firewall.isPresent()));
        firewall.map(FirewallRules::defaultAction)
                .map(DefaultAction::word)
                .ifPresent(word -> data.put(EBPF + "l4_firewall_default_action", word));
        data.put(
                EBPF + "metrics_export",
                Boolean.toString(config.programs().exportInterval().isPresent()));
        return data;
    }

    private static void include(
            SortedMap<String, String> data, String prefix, List<String> keys, @Nullable Map<String, String> values) {
        if (values == null) {
            return;
        }
        for (String key : keys) {
            String value = values.get(key);
            if (value != null) {
                data.put(dataKey(prefix + key), value);
            }
        }
    }

    /** A ConfigMap's keys are letters, digits, dashes, underscores and dots; a label's may have a slash besides. */
    private static String dataKey(String text) {
        return Shortened.to(text.replaceAll("[^-._a-zA-Z0-9]", "_"), LONGEST_KEY, "");
    }

    private static String nodeName(Pod pod) {
        return pod.getSpec() == null ? "" : orEmpty(pod.getSpec().getNodeName());
    }

    private static String orEmpty(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }

    /**
     * Which pod a ConfigMap of ours describes.
     *
     * @param configMap a ConfigMap with our label
     * @return the name of its owner or, if that was taken away, the name in its data
     */
    static Optional<ObjectKey> describedPod(ConfigMap configMap) {
        String namespace = configMap.getMetadata().getNamespace();
        List<OwnerReference> owners =
                Objects.requireNonNullElse(configMap.getMetadata().getOwnerReferences(), List.of());
        Optional<String> owner = owners.stream()
                .filter(reference -> "Pod".equals(reference.getKind()))
                .map(OwnerReference::getName)
                .findFirst();
        Map<String, String> data = Objects.requireNonNullElse(configMap.getData(), Map.of());
        return owner.or(() -> Optional.ofNullable(data.get("podName"))).map(name -> new ObjectKey(namespace, name));
    }

    /**
     * Whether all that shall be in a ConfigMap is there, and nothing that we once put there and would not now; what others
     * added does not matter.
     *
     * @param actual as it is
     * @param wanted as {@link #of} gives it
     * @return whether nothing has to be written
     */
    static boolean isAsWanted(ConfigMap actual, ConfigMap wanted) {
        Map<String, String> labels =
                Objects.requireNonNullElse(actual.getMetadata().getLabels(), Map.of());
        Map<String, String> data = Objects.requireNonNullElse(actual.getData(), Map.of());
        List<OwnerReference> owners =
                Objects.requireNonNullElse(actual.getMetadata().getOwnerReferences(), List.of());
        return labels.entrySet().containsAll(wanted.getMetadata().getLabels().entrySet())
                && owners.containsAll(wanted.getMetadata().getOwnerReferences())
                && data.entrySet().containsAll(wanted.getData().entrySet())
                && data.keySet().stream().allMatch(key -> wanted.getData().containsKey(key) || !mayBeOurs(key));
    }

    private static boolean mayBeOurs(String key) {
        return key.startsWith(LABEL) || key.startsWith(ANNOTATION) || key.startsWith(EBPF);
    }

    /**
     * Whether a ConfigMap is larger than any may be.
     *
     * @param wanted as {@link #of} gives it
     * @return what to say then
     */
    static Optional<ConfigMapProblem> tooLarge(ConfigMap wanted) {
        long size = 0;
        long largest = -1;
        String largestKey = "";
        for (Map.Entry<String, String> entry : wanted.getData().entrySet()) {
            int length = entry.getValue().getBytes(StandardCharsets.UTF_8).length;
            size += length;
            if (length > largest) {
                largest = length;
                largestKey = entry.getKey();
            }
        }
        return size <= LARGEST
                ? Optional.empty()
                : Optional.of(new ConfigMapProblem(
                        ConfigMapProblem.TOO_LARGE,
                        "the ConfigMap " + wanted.getMetadata().getName() + " would have " + size
                                + " bytes, more than the 1 MiB that Kubernetes allows, " + largest + " of them in "
                                + largestKey + "; take that from labelsToInclude or annotationsToInclude"));
    }
}
