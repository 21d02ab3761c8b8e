package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ConfigReader;
import io.jbpf.controller.rules.ConfigReading;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Every config there is, as last read. A config that was edited into nonsense goes on in force as it was before: a typing
 * error opens no port.
 */
public final class ConfigBook {
    /**
     * One config.
     *
     * @param uid which life of it
     * @param generation which edit of it was read
     * @param config what is in force; empty if it never made sense
     * @param problems what is wrong with the current edit; empty if nothing is
     */
    public record Entry(String uid, long generation, Optional<Config> config, List<String> problems) {
        /** Keeps a copy of the list. */
        public Entry {
            problems = List.copyOf(problems);
        }
    }

    private final ConfigReader reader;
    private final Map<ObjectKey, Entry> entries = new ConcurrentHashMap<>();

    /**
     * An empty book.
     *
     * @param reader how resources are read
     */
    public ConfigBook(ConfigReader reader) {
        this.reader = reader;
    }

    /**
     * Reads a resource unless this edit of it was read already.
     *
     * @param key where it is
     * @param resource the resource as it is now
     */
    void put(ObjectKey key, GenericKubernetesResource resource) {
        String uid = Objects.requireNonNullElse(resource.getMetadata().getUid(), "");
        long generation = Objects.requireNonNullElse(resource.getMetadata().getGeneration(), 0L);
        entries.compute(key, (k, before) -> {
            if (before != null && before.uid.equals(uid) && before.generation == generation && generation != 0) {
                return before;
            }
            return entry(uid, generation, resource, before);
        });
    }

    private Entry entry(String uid, long generation, GenericKubernetesResource resource, @Nullable Entry before) {
        ConfigReading reading = reader.read(resource);
        if (reading instanceof ConfigReading.Accepted accepted) {
            return new Entry(uid, generation, Optional.of(accepted.config()), List.of());
        }
        Optional<Config> inForce = before != null && before.uid.equals(uid) ? before.config : Optional.empty();
        return new Entry(uid, generation, inForce, ((ConfigReading.Refused) reading).problems());
    }

    void remove(ObjectKey key) {
        entries.remove(key);
    }

    /**
     * One config.
     *
     * @param key where it is
     * @return empty if there is none
     */
    public Optional<Entry> get(ObjectKey key) {
        return Optional.ofNullable(entries.get(key));
    }

    /**
     * Where configs are.
     *
     * @return a copy
     */
    public List<ObjectKey> keys() {
        return List.copyOf(entries.keySet());
    }

    /**
     * The configs in force that select a pod, in the order of their names.
     *
     * @param namespace the pod's namespace
     * @param labels the pod's labels
     * @return the configs
     */
    public List<Config> selecting(String namespace, Map<String, String> labels) {
        return entries.entrySet().stream()
                .filter(entry -> entry.getKey().namespace().equals(namespace))
                .sorted(Map.Entry.comparingByKey())
                .flatMap(entry -> entry.getValue().config().stream())
                .filter(config -> config.selector().matches(labels))
                .toList();
    }
}
