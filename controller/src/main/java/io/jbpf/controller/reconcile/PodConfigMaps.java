package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigMapProblem;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.text.ApiFailure;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    public Written write(Pod pod, List<Config> configs, EbpfState state) {
        List<ConfigMap> known = cache.configMaps(ClusterCache.key(pod));
        Set<ObjectKey> wanted = new HashSet<>();
        Map<ObjectKey, ConfigMapProblem> problems = new HashMap<>();
        Optional<KubernetesClientException> failure = Optional.empty();
        for (Config config : configs) {
            ConfigMap configMap = PodConfigMap.of(pod, config);
            wanted.add(ClusterCache.key(configMap));
            try {
                configMaps.write(configMap, known).ifPresent(problem -> problems.put(config.key(), problem));
            } catch (KubernetesClientException e) {
                failure = Optional.of(e);
                // One that changed since it was seen is there, and its change is on the way.
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    problems.put(config.key(), notWritten(configMap, e));
                }
            }
        }
        for (ConfigMap configMap : known) {
            if (!wanted.contains(ClusterCache.key(configMap))) {
                try {
                    configMaps.delete(configMap);
                } catch (KubernetesClientException e) {
                    failure = Optional.of(e);
                }
            }
        }
        return new Written(problems, failure);
    }

    private static ConfigMapProblem notWritten(ConfigMap configMap, KubernetesClientException failure) {
        return new ConfigMapProblem(
                ConfigMapProblem.NOT_WRITTEN,
                "the ConfigMap " + configMap.getMetadata().getName() + " could not be written and will be tried again: "
                        + ApiFailure.sentence(failure));
    }

    @Override
    public void remove(ObjectKey pod) {
        cache.configMaps(pod).forEach(configMaps::delete);
    }
}
