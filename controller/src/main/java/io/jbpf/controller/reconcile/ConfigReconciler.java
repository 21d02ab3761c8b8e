package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ObservedEvent;
import io.jbpf.controller.cluster.StatusWriter;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.metrics.ConfigMetrics;
import io.jbpf.controller.rules.ObjectKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Sends the pods that a changed config concerns to be reconciled, and writes the config's status. */
public final class ConfigReconciler implements Reconciler<ObjectKey> {
    /** Which edit of a config its pods were told of. */
    private record Edit(String uid, long generation) {}

    /** What was written of one life of a config. */
    private record Conditions(String uid, List<Condition> conditions) {}

    private final ClusterCache cache;
    private final ConfigBook book;
    private final Outcomes outcomes;
    private final Consumer<ObjectKey> podAffected;
    private final Optional<StatusWriter> status;
    private final ConfigMetrics metrics;
    private final Consumer<ObservedEvent> events;
    private final Map<ObjectKey, Edit> told = new ConcurrentHashMap<>();
    private final Map<ObjectKey, Conditions> conditionsWritten = new ConcurrentHashMap<>();

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param outcomes what came of their pods
     * @param podAffected told of every pod that a changed config selects or selected
     * @param status how status is written; empty if others do
     * @param metrics where the configs' values are exported by whoever writes their status
     * @param events told what a user should know of a config by whoever writes its status; must not block
     */
    public ConfigReconciler(
            ClusterCache cache,
            ConfigBook book,
            Outcomes outcomes,
            Consumer<ObjectKey> podAffected,
            Optional<StatusWriter> status,
            ConfigMetrics metrics,
            Consumer<ObservedEvent> events) {
        this.cache = cache;
        this.book = book;
        this.outcomes = outcomes;
        this.podAffected = podAffected;
        this.status = status;
        this.metrics = metrics;
        this.events = events;
    }

    @Override
    public Optional<Duration> reconcile(ObjectKey key) {
        Optional<ConfigBook.Entry> entry = book.get(key);
        Optional<GenericKubernetesResource> resource = cache.config(key);
        if (entry.isEmpty() || resource.isEmpty()) {
            told.remove(key);
            conditionsWritten.remove(key);
            metrics.forget(key);
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
        tell(key, entry.get(), resource.get(), status.get());
        return Optional.empty();
    }

    private void tell(ObjectKey key, ConfigBook.Entry entry, GenericKubernetesResource resource, StatusWriter writer) {
        Set<ObjectKey> matched = entry.config()
                .map(config -> cache.pods(key.namespace()).stream()
                        .filter(pod -> config.selector().matches(labels(pod)))
                        .map(ClusterCache::key)
                        .collect(Collectors.toUnmodifiableSet()))
                .orElse(Set.of());
        PodConfigMapConfigStatus now = ConfigStatus.of(key, entry, matched, outcomes);
        List<Condition> conditions = Objects.requireNonNullElse(now.conditions(), List.of());
        metrics.set(
                key,
                conditions.stream().anyMatch(condition -> isTrue(condition, ConfigStatus.READY)),
                ConfigStatus.configMaps(key, matched, outcomes));
        // What the cache has may be older than what was written last.
        Conditions before = conditionsWritten.get(key);
        List<Condition> known =
                before != null && before.uid.equals(entry.uid()) ? before.conditions : writer.conditions(resource);
        if (writer.write(resource, now)) {
            ConfigEvents.between(known, conditions, ObservedEvent.reference(resource))
                    .forEach(events);
            conditionsWritten.put(key, new Conditions(entry.uid(), List.copyOf(conditions)));
        }
    }

    private static boolean isTrue(Condition condition, String type) {
        return type.equals(condition.getType()) && "True".equals(condition.getStatus());
    }

    /**
     * The configs that were there when they were last looked at, also those that have gone since.
     *
     * @return a copy
     */
    public Set<ObjectKey> known() {
        return Set.copyOf(told.keySet());
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
