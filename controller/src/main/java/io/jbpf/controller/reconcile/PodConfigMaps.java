package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A ConfigMap of each pod for each config that selects it; none else. */
public final class PodConfigMaps implements PodRecords {
    private final ClusterCache cache;
    private final ConfigMapWriter configMaps;

    /**
     * The ConfigMaps.
     *
     * @param cache where those that are there are known
     * @param configMaps how they are written
     */
    public PodConfigMaps(ClusterCache cache, ConfigMapWriter configMaps) {
        this.cache = cache;
        this.configMaps = configMaps;
    }

    @Override
    public Map<ObjectKey, String> write(Pod pod, List<Config> configs, EbpfState state) {
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

    @Override
    public void remove(ObjectKey pod) {
        cache.configMaps(pod).forEach(configMaps::delete);
    }
}
