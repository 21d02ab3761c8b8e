package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.StatusWriter;
import io.jbpf.controller.rules.ObjectKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Sends the pods that a changed config concerns to be reconciled, and writes the config's status. */
public final class ConfigReconciler implements Reconciler<ObjectKey> {
    /** Which edit of a config its pods were told of. */
    private record Edit(String uid, long generation) {}

    private final ClusterCache cache;
    private final ConfigBook book;
    private final Outcomes outcomes;
    private final Consumer<ObjectKey> podAffected;
    private final Optional<StatusWriter> status;
    private final Map<ObjectKey, Edit> told = new ConcurrentHashMap<>();

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param outcomes what came of their pods
     * @param podAffected told of every pod that a changed config selects or selected
     * @param status how status is written; empty if others do
     */
    public ConfigReconciler(
            ClusterCache cache,
            ConfigBook book,
            Outcomes outcomes,
            Consumer<ObjectKey> podAffected,
            Optional<StatusWriter> status) {
        this.cache = cache;
        this.book = book;
        this.outcomes = outcomes;
        this.podAffected = podAffected;
        this.status = status;
    }

    @Override
    public Optional<Duration> reconcile(ObjectKey key) {
        Optional<ConfigBook.Entry> entry = book.get(key);
        Optional<GenericKubernetesResource> resource = cache.config(key);
        if (entry.isEmpty() || resource.isEmpty()) {
            told.remove(key);
            tellPods(key);
            return Optional.empty();
        }
        Edit edit = new Edit(entry.get().uid(), entry.get().generation());
        if (!edit.equals(told.put(key, edit))) {
            tellPods(key);
        }
        if (status.isEmpty()) {
            return Optional.empty();
        }
        Set<ObjectKey> matched = entry.get()
                .config()
                .map(config -> cache.pods(key.namespace()).stream()
                        .filter(pod -> config.selector().matches(labels(pod)))
                        .map(ClusterCache::key)
                        .collect(Collectors.toUnmodifiableSet()))
                .orElse(Set.of());
        status.get().write(resource.get(), ConfigStatus.of(key, entry.get(), matched, outcomes));
        return Optional.empty();
    }

    /** Every pod that may have, or shall have, anything because of a config: those it selects and those it selected. */
    private void tellPods(ObjectKey config) {
        Set<ObjectKey> pods = new HashSet<>(outcomes.podsOf(config));
        cache.pods(config.namespace()).forEach(pod -> pods.add(ClusterCache.key(pod)));
        pods.forEach(podAffected);
    }

    private static Map<String, String> labels(Pod pod) {
        Map<String, String> labels = pod.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }
}
