package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Objects of the API without what nobody here asks for: of a thousand pods that is most of the memory that a container may
 * have. Whoever reads more of an object than is kept here has to keep it.
 *
 * @param <T> which objects
 */
final class TrimmedStore<T extends HasMetadata> extends BasicItemStore<T> {
    /** Every object of the API's model makes a map of its own for what it does not know. */
    private static final Map<String, Object> NOTHING = Map.of();

    private final BiConsumer<T, Recurring> trim;
    private final Recurring recurring = new Recurring();

    private TrimmedStore(BiConsumer<T, Recurring> trim) {
        super(Cache::metaNamespaceKeyFunc);
        this.trim = trim;
    }

    /** Pods: which one and where, what selects them, whether they run and under which address, and their probes. */
    static TrimmedStore<Pod> ofPods() {
        return new TrimmedStore<>(TrimmedStore::trimPod);
    }

    /** ConfigMaps: all of what is in them, and who has written them, but not which field. */
    static TrimmedStore<ConfigMap> ofConfigMaps() {
        return new TrimmedStore<>(TrimmedStore::trimConfigMap);
    }

    @Override
    public @Nullable T put(String key, T object) {
        trim.accept(object, recurring);
        return super.put(key, object);
    }

    private static void trimPod(Pod pod, Recurring recurring) {
        pod.getMetadata().setManagedFields(List.of());
        trim(pod.getMetadata(), recurring);
        pod.setAdditionalProperties(NOTHING);
        PodSpec spec = pod.getSpec();
        if (spec != null) {
            PodSpec kept = new PodSpec();
            kept.setNodeName(spec.getNodeName());
            kept.setHostNetwork(spec.getHostNetwork());
            kept.setHostPID(spec.getHostPID());
            kept.setContainers(trimmed(spec.getContainers()));
            kept.setInitContainers(trimmed(spec.getInitContainers()));
            // Of the pods that a workload has on a node it is the same.
            pod.setSpec(recurring.first(kept));
        }
        PodStatus status = pod.getStatus();
        if (status != null) {
            PodStatus kept = new PodStatus();
            kept.setPhase(recurring.first(status.getPhase()));
            kept.setPodIP(status.getPodIP());
            kept.setPodIPs(Objects.requireNonNullElse(status.getPodIPs(), List.<PodIP>of()).stream()
                    .map(each -> address(each.getIp()))
                    .toList());
            kept.setConditions(List.of());
            kept.setContainerStatuses(List.of());
            kept.setEphemeralContainerStatuses(List.of());
            kept.setHostIPs(List.of());
            kept.setInitContainerStatuses(List.of());
            kept.setResourceClaimStatuses(List.of());
            kept.setAdditionalProperties(NOTHING);
            pod.setStatus(kept);
        }
    }

    private static PodIP address(@Nullable String ip) {
        PodIP kept = new PodIP(ip);
        kept.setAdditionalProperties(NOTHING);
        return kept;
    }

    private static List<Container> trimmed(@Nullable List<Container> containers) {
        return Objects.requireNonNullElse(containers, List.<Container>of()).stream()
                .map(container -> new ContainerBuilder()
                        .withName(container.getName())
                        .withPorts(container.getPorts())
                        .withLivenessProbe(container.getLivenessProbe())
                        .withReadinessProbe(container.getReadinessProbe())
                        .withStartupProbe(container.getStartupProbe())
                        .build())
                .toList();
    }

    private static void trimConfigMap(ConfigMap configMap, Recurring recurring) {
        ObjectMeta metadata = configMap.getMetadata();
        metadata.setManagedFields(recurring.first(
                Objects.requireNonNullElse(metadata.getManagedFields(), List.<ManagedFieldsEntry>of()).stream()
                        .map(TrimmedStore::writer)
                        .toList()));
        trim(metadata, recurring);
        configMap.setData(compact(configMap.getData(), recurring));
        configMap.setAdditionalProperties(NOTHING);
    }

    private static ManagedFieldsEntry writer(ManagedFieldsEntry entry) {
        ManagedFieldsEntry kept = new ManagedFieldsEntry();
        kept.setManager(entry.getManager());
        kept.setOperation(entry.getOperation());
        return kept;
    }

    private static void trim(ObjectMeta metadata, Recurring recurring) {
        metadata.setNamespace(recurring.first(metadata.getNamespace()));
        metadata.setGenerateName(recurring.first(metadata.getGenerateName()));
        metadata.setLabels(recurring.first(compact(metadata.getLabels(), recurring)));
        metadata.setAnnotations(recurring.first(compact(metadata.getAnnotations(), recurring)));
        metadata.setOwnerReferences(recurring.first(metadata.getOwnerReferences()));
        metadata.setFinalizers(recurring.first(metadata.getFinalizers()));
        metadata.setAdditionalProperties(NOTHING);
    }

    /** In the least room. */
    private static @Nullable Map<String, String> compact(@Nullable Map<String, String> values, Recurring recurring) {
        if (values == null || values.containsValue(null)) {
            return values;
        }
        return values.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        entry -> recurring.first(entry.getKey()), entry -> recurring.first(entry.getValue())));
    }
}
