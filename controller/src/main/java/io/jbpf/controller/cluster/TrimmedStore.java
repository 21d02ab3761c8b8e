package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Objects of the API without what nobody here asks for: of a thousand pods that is most of the memory that a container may
 * have. Whoever reads more of an object than is kept here has to keep it.
 *
 * @param <T> which objects
 */
final class TrimmedStore<T extends HasMetadata> extends BasicItemStore<T> {
    private final Consumer<T> trim;

    private TrimmedStore(Consumer<T> trim) {
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
        trim.accept(object);
        return super.put(key, object);
    }

    private static void trimPod(Pod pod) {
        pod.getMetadata().setManagedFields(List.of());
        PodSpec spec = pod.getSpec();
        if (spec != null) {
            PodSpec kept = new PodSpec();
            kept.setNodeName(spec.getNodeName());
            kept.setHostNetwork(spec.getHostNetwork());
            kept.setHostPID(spec.getHostPID());
            kept.setContainers(trimmed(spec.getContainers()));
            kept.setInitContainers(trimmed(spec.getInitContainers()));
            pod.setSpec(kept);
        }
        PodStatus status = pod.getStatus();
        if (status != null) {
            PodStatus kept = new PodStatus();
            kept.setPhase(status.getPhase());
            kept.setPodIP(status.getPodIP());
            kept.setPodIPs(status.getPodIPs());
            pod.setStatus(kept);
        }
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

    private static void trimConfigMap(ConfigMap configMap) {
        List<ManagedFieldsEntry> entries =
                Objects.requireNonNullElse(configMap.getMetadata().getManagedFields(), List.of());
        entries.forEach(entry -> entry.setFieldsV1(null));
    }
}
