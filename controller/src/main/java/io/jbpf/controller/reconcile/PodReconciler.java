package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.PodPrograms;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Makes one pod's programs, and what the API is told of it, what the configs that select it ask for. */
public final class PodReconciler implements Reconciler<ObjectKey> {
    private final ClusterCache cache;
    private final ConfigBook book;
    private final PodRecords records;
    private final KernelSide kernel;
    private final Outcomes outcomes;

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param records what the API is told
     * @param kernel who sees to their programs
     * @param outcomes where the outcome is told
     */
    public PodReconciler(
            ClusterCache cache, ConfigBook book, PodRecords records, KernelSide kernel, Outcomes outcomes) {
        this.cache = cache;
        this.book = book;
        this.records = records;
        this.kernel = kernel;
        this.outcomes = outcomes;
    }

    @Override
    public Optional<Duration> reconcile(ObjectKey key) {
        Optional<Pod> pod = cache.pod(key);
        if (pod.isEmpty()) {
            kernel.remove(key);
            records.remove(key);
            outcomes.remove(key);
            return Optional.empty();
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(pod.get().getMetadata().getLabels(), Map.of());
        List<Config> configs = book.selecting(key.namespace(), labels);

        // The kernel first: a firewall must not wait for the API server.
        PodPrograms programs = configs.stream().map(Config::programs).reduce(PodPrograms.NONE, PodPrograms::with);
        KernelSide.Result result = kernel.apply(pod.get(), programs);
        Map<ObjectKey, String> problems = records.write(pod.get(), configs, result.state());

        if (configs.isEmpty()) {
            outcomes.remove(key);
        } else {
            Set<ObjectKey> selecting = new HashSet<>();
            configs.forEach(config -> selecting.add(config.key()));
            outcomes.put(key, new PodOutcome(selecting, result.state(), problems));
        }
        return result.lookAgain();
    }
}
