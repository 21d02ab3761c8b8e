package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Makes one pod's ConfigMaps and programs what the configs that select it ask for. */
public final class PodReconciler implements Reconciler<ObjectKey> {
    private final ClusterCache cache;
    private final ConfigBook book;
    private final ConfigMapWriter configMaps;
    private final PodKernel kernel;
    private final Outcomes outcomes;

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param configMaps how ConfigMaps are written
     * @param kernel the pods of this node
     * @param outcomes where the outcome is told
     */
    public PodReconciler(
            ClusterCache cache, ConfigBook book, ConfigMapWriter configMaps, PodKernel kernel, Outcomes outcomes) {
        this.cache = cache;
        this.book = book;
        this.configMaps = configMaps;
        this.kernel = kernel;
        this.outcomes = outcomes;
    }

    @Override
    public Optional<Duration> reconcile(ObjectKey key) {
        Optional<Pod> pod = cache.pod(key);
        if (pod.isEmpty()) {
            kernel.remove(key);
            cache.configMaps(key).forEach(configMaps::delete);
            outcomes.remove(key);
            return Optional.empty();
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(pod.get().getMetadata().getLabels(), Map.of());
        List<Config> configs = book.selecting(key.namespace(), labels);

        // The kernel first: a firewall must not wait for the API server.
        PodPrograms programs = configs.stream().map(Config::programs).reduce(PodPrograms.NONE, PodPrograms::with);
        PodKernel.Result result = kernel.apply(pod.get(), programs);
        Map<ObjectKey, String> problems = writeConfigMaps(pod.get(), configs);

        if (configs.isEmpty()) {
            outcomes.remove(key);
        } else {
            Set<ObjectKey> selecting = new HashSet<>();
            configs.forEach(config -> selecting.add(config.key()));
            outcomes.put(key, new PodOutcome(selecting, result.state(), problems));
        }
        return result.lookAgain();
    }

    private Map<ObjectKey, String> writeConfigMaps(Pod pod, List<Config> configs) {
        List<ConfigMap> known = cache.configMaps(ClusterCache.key(pod));
        Set<ObjectKey> wanted = new HashSet<>();
        Map<ObjectKey, String> problems = new HashMap<>();
        for (Config config : configs) {
            ConfigMap configMap = PodConfigMap.of(pod, config);
            wanted.add(ClusterCache.key(configMap));
            configMaps.write(configMap, known).ifPresent(problem -> problems.put(config.key(), problem));
        }
        for (ConfigMap configMap : known) {
            if (!wanted.contains(ClusterCache.key(configMap))) {
                configMaps.delete(configMap);
            }
        }
        return problems;
    }
}
