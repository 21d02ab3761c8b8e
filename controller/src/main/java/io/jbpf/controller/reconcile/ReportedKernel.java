package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** The kernel side where agents see to it: how it stands is what a pod's agent noted on the pod's ConfigMaps. */
public final class ReportedKernel implements KernelSide {
    private final Function<ObjectKey, List<ConfigMap>> configMaps;

    /**
     * The kernel side of others.
     *
     * @param configMaps the ConfigMaps of a pod
     */
    public ReportedKernel(Function<ObjectKey, List<ConfigMap>> configMaps) {
        this.configMaps = configMaps;
    }

    @Override
    public Result apply(Pod pod, PodPrograms wanted) {
        if (!wanted.any() || PodPhase.hasEnded(pod)) {
            return new Result(new EbpfState.NotWanted(), Optional.empty());
        }
        // All of a pod's ConfigMaps are told the same; any of them may be the first.
        EbpfState state = configMaps.apply(ClusterCache.key(pod)).stream()
                .filter(configMap -> EbpfReport.isAbout(configMap, pod))
                .map(configMap -> Objects.requireNonNullElse(
                                configMap.getMetadata().getAnnotations(), Map.<String, String>of())
                        .get(PodConfigMap.EBPF_STATE))
                .filter(Objects::nonNull)
                .flatMap(report -> EbpfReport.read(report).stream())
                .filter(reported -> !(reported instanceof EbpfState.NotWanted))
                .findFirst()
                .orElseGet(() -> new EbpfState.Waiting("No agent on its node has told of it yet."));
        return new Result(state, Optional.empty());
    }

    @Override
    public void remove(ObjectKey key) {
        // Its agent sees that it is gone.
    }
}
