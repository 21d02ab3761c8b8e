package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.EbpfStateWriter;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;

/**
 * An agent's reports: how it stands with a pod's programs, noted on each ConfigMap that somebody else made for the pod. It
 * makes and deletes none.
 */
public final class PodReports implements PodRecords {
    private final ClusterCache cache;
    private final EbpfStateWriter writer;

    /**
     * The reports.
     *
     * @param cache where the ConfigMaps are known
     * @param writer how they are annotated
     */
    public PodReports(ClusterCache cache, EbpfStateWriter writer) {
        this.cache = cache;
        this.writer = writer;
    }

    @Override
    public Written write(Pod pod, List<Config> configs, EbpfState state) {
        String report = EbpfReport.text(state);
        cache.configMaps(ClusterCache.key(pod)).stream()
                .filter(configMap -> EbpfReport.isAbout(configMap, pod))
                .forEach(configMap -> writer.write(configMap, report));
        return Written.ALL;
    }

    @Override
    public void remove(ObjectKey pod) {
        // Its ConfigMaps go with it.
    }
}
