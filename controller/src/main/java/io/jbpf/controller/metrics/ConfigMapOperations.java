package io.jbpf.controller.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What was done to ConfigMaps, counted by kind, namespace and result. */
public final class ConfigMapOperations {
    /** What was to be done: values of the label {@code operation}. */
    public enum Operation {
        /** It was not there. */
        CREATE("create"),
        /** It was not as it should be. */
        UPDATE("update"),
        /** It should not be there. */
        DELETE("delete");

        private final String word;

        Operation(String word) {
            this.word = word;
        }
    }

    /** What came of it: values of the label {@code result}. */
    public enum Result {
        /** It was done. */
        SUCCESS("success"),
        /** The API server refused or did not answer. */
        ERROR("error"),
        /** It was left alone: the ConfigMap is somebody else's. */
        NOT_OURS("not_ours");

        private final String word;

        Result(String word) {
            this.word = word;
        }
    }

    private record Key(String operation, String namespace, String result) {}

    private static final CounterFamily OPERATIONS = new CounterFamily(
            "podconfigmap_controller_configmap_operations",
            "ConfigMaps of pods that were written or deleted.",
            List.of("operation", "namespace", "result"));

    private final Map<Key, Long> counts = new ConcurrentHashMap<>();
    private final Revision revision;

    /**
     * Nothing done yet.
     *
     * @param revision what tells that a count changed
     */
    public ConfigMapOperations(Revision revision) {
        this.revision = revision;
    }

    /**
     * Counts one.
     *
     * @param operation what was to be done
     * @param namespace where
     * @param result what came of it
     */
    public void count(Operation operation, String namespace, Result result) {
        counts.merge(new Key(operation.word, namespace, result.word), 1L, Long::sum);
        revision.advance();
    }

    CounterFamily.Series series() {
        CounterFamily.Series series = OPERATIONS.series();
        counts.forEach((key, count) -> series.add(count, key.operation(), key.namespace(), key.result()));
        return series;
    }
}
