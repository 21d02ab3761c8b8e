package io.jbpf.controller.failover;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/** The pods and configs that there are, and what follows from them. Changed by one thread, looked at by several. */
final class SoakModel {
    /** The ports of each pod that are tried. */
    static final List<Integer> PORTS = List.of(22, 53, 80, 443, 2222, 8080, 9100);

    private final Map<String, SoakPod> pods = new ConcurrentSkipListMap<>();
    private final Map<String, SoakConfig> configs = new ConcurrentSkipListMap<>();

    /** By name. */
    Collection<SoakPod> pods() {
        return pods.values();
    }

    Optional<SoakPod> pod(String name) {
        return Optional.ofNullable(pods.get(name));
    }

    Collection<SoakConfig> configs() {
        return configs.values();
    }

    Optional<SoakConfig> config(String name) {
        return Optional.ofNullable(configs.get(name));
    }

    /** Those that select a pod, by name. */
    List<SoakConfig> selecting(SoakPod pod) {
        return configs.values().stream()
                .filter(config -> config.selects(pod.labels))
                .toList();
    }

    List<SoakPod> selected(SoakConfig config) {
        return pods.values().stream().filter(pod -> config.selects(pod.labels)).toList();
    }

    /** {@return the name of the ConfigMap of a pod and a config} */
    static String configMap(SoakPod pod, SoakConfig config) {
        return "pod-" + pod.name + "-from-" + config.name() + "-cfg";
    }

    /** {@return the names of all ConfigMaps that are called for} */
    Set<String> configMaps() {
        return pods.values().stream()
                .flatMap(pod -> selecting(pod).stream().map(config -> configMap(pod, config)))
                .collect(Collectors.toSet());
    }

    void put(SoakPod pod) {
        pods.put(pod.name, pod);
        follow(pod);
    }

    /** The pod is about to be deleted: from now on its programs may be taken away, on whichever side it goes first. */
    void remove(SoakPod pod) {
        pods.remove(pod.name);
        pod.want(Wanted.NOTHING);
    }

    /** The pod's labels or phase are about to be others. */
    void follow(SoakPod pod) {
        pod.want(pod.elsewhere || pod.hasEnded() ? Wanted.NOTHING : Wanted.by(selecting(pod), PORTS));
    }

    void put(SoakConfig config) {
        configs.put(config.name(), config);
        pods.values().forEach(this::follow);
    }

    void removeConfig(String name) {
        configs.remove(name);
        pods.values().forEach(this::follow);
    }
}
