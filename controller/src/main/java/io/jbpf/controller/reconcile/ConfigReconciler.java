package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.ConfigBook;
import io.jbpf.controller.cluster.ObservedEvent;
import io.jbpf.controller.cluster.StatusWriter;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.metrics.ConfigMetrics;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.text.ApiFailure;
import java.net.HttpURLConnection;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the pods that a changed config concerns to be reconciled, and writes the config's status. */
public final class ConfigReconciler implements Reconciler<ObjectKey> {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigReconciler.class);

    /** What was written of one life of a config. */
    private record Conditions(String uid, List<Condition> conditions) {}

    private final ClusterCache cache;
    private final ConfigBook book;
    private final Outcomes outcomes;
    private final Consumer<ObjectKey> podAffected;
    private final Optional<StatusWriter> status;
    private final ConfigMetrics metrics;
    private final Consumer<ObservedEvent> events;
    private final StatusPace pace;

    /** Which edit of a config its pods were told of. */
    private final Map<ObjectKey, ConfigEdit> told = new ConcurrentHashMap<>();

    /** Of which edit of a config the API server takes no status. */
    private final Map<ObjectKey, ConfigEdit> refused = new ConcurrentHashMap<>();

    private final Map<ObjectKey, Conditions> conditionsWritten = new ConcurrentHashMap<>();

    /**
     * A reconciler.
     *
     * @param cache what is in the cluster; must be synced before the first call
     * @param book the configs
     * @param outcomes what came of their pods
     * @param podAffected told of every pod that a changed config selects or selected
     * @param status how status is written; empty if others do
     * @param statusInterval how often a config's status is written at most, in the long run
     * @param metrics where the configs' values are exported by whoever writes their status
     * @param events told what a user should know of a config by whoever writes its status; must not block
     */
    public ConfigReconciler(
            ClusterCache cache,
            ConfigBook book,
            Outcomes outcomes,
            Consumer<ObjectKey> podAffected,
            Optional<StatusWriter> status,
            Duration statusInterval,
            ConfigMetrics metrics,
            Consumer<ObservedEvent> events) {
        this.cache = cache;
        this.book = book;
        this.outcomes = outcomes;
        this.podAffected = podAffected;
        this.status = status;
        this.pace = new StatusPace(statusInterval, System::nanoTime);
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
            refused.remove(key);
            pace.forget(key);
            metrics.forget(key);
            tellPods(key);
            return Optional.empty();
        }
        ConfigEdit edit = new ConfigEdit(entry.get().uid(), entry.get().generation());
        if (!edit.equals(told.put(key, edit))) {
            tellPods(key);
        }
        return status.flatMap(writer -> tell(key, entry.get(), edit, resource.get(), writer));
    }

    private Optional<Duration> tell(
            ObjectKey key,
            ConfigBook.Entry entry,
            ConfigEdit edit,
            GenericKubernetesResource resource,
            StatusWriter writer) {
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
        Optional<StatusWriter.Change> change = writer.change(resource, now);
        if (change.isEmpty() || edit.equals(refused.get(key))) {
            return Optional.empty();
        }
        Duration rest = pace.rest(key, edit);
        if (!rest.isZero()) {
            return Optional.of(rest);
        }
        try {
            if (writer.write(change.get())) {
                pace.wrote(key, edit);
                tellEvents(key, entry.uid(), resource, writer, conditions);
            }
        } catch (KubernetesClientException e) {
            if (!isAboutTheConfig(e)) {
                throw e;
            }
            refused.put(key, edit);
            String why = "The API server takes no status of this config, because it takes the config itself for wrong; "
                    + "edit it: " + ApiFailure.sentence(e);
            LOG.warn("Config {}: {}", key, why);
            events.accept(new ObservedEvent(ObservedEvent.reference(resource), true, "StatusRefused", why));
        }
        return Optional.empty();
    }

    /**
     * Whether it will be the same each time, until the config is edited: what is stored does not fit the schema. Where not even
     * a field's type fits, the API server's field manager fails before anything is validated, and it answers 500.
     */
    private static boolean isAboutTheConfig(KubernetesClientException failure) {
        return FailureType.of(failure) == FailureType.INVALID
                || (failure.getCode() == HttpURLConnection.HTTP_INTERNAL_ERROR
                        && ApiFailure.sentence(failure).startsWith("failed to create typed live object"));
    }

    private void tellEvents(
            ObjectKey key,
            String uid,
            GenericKubernetesResource resource,
            StatusWriter writer,
            List<Condition> conditions) {
        // What the cache has may be older than what was written last.
        Conditions before = conditionsWritten.get(key);
        List<Condition> known =
                before != null && before.uid.equals(uid) ? before.conditions : writer.conditions(resource);
        ConfigEvents.between(known, conditions, ObservedEvent.reference(resource))
                .forEach(events);
        conditionsWritten.put(key, new Conditions(uid, List.copyOf(conditions)));
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
