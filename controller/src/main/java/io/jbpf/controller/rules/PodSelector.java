package io.jbpf.controller.rules;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which pods a config is about, with the meaning that Kubernetes gives a LabelSelector: every requirement must hold, and
 * no requirement at all matches every pod.
 *
 * @param requirements what must hold
 */
public record PodSelector(List<Requirement> requirements) {
    /** Every pod. */
    public static final PodSelector EVERYTHING = new PodSelector(List.of());

    /** Keeps a copy of the requirements. */
    public PodSelector {
        requirements = List.copyOf(requirements);
    }

    /**
     * Whether a pod with these labels is selected.
     *
     * @param labels the pod's labels
     * @return whether every requirement holds
     */
    public boolean matches(Map<String, String> labels) {
        return requirements.stream().allMatch(requirement -> requirement.holds(labels));
    }

    /** One condition on one label. */
    public sealed interface Requirement {
        /**
         * Whether it holds.
         *
         * @param labels the pod's labels
         * @return whether they fulfil the condition
         */
        boolean holds(Map<String, String> labels);
    }

    /**
     * {@code In}: the label is there with one of the values.
     *
     * @param key the label's key
     * @param values the values
     */
    public record In(String key, Set<String> values) implements Requirement {
        @Override
        public boolean holds(Map<String, String> labels) {
            String value = labels.get(key);
            return value != null && values.contains(value);
        }
    }

    /**
     * {@code NotIn}: the label is missing or has none of the values.
     *
     * @param key the label's key
     * @param values the values
     */
    public record NotIn(String key, Set<String> values) implements Requirement {
        @Override
        public boolean holds(Map<String, String> labels) {
            String value = labels.get(key);
            return value == null || !values.contains(value);
        }
    }

    /**
     * {@code Exists}: the label is there.
     *
     * @param key the label's key
     */
    public record Exists(String key) implements Requirement {
        @Override
        public boolean holds(Map<String, String> labels) {
            return labels.containsKey(key);
        }
    }

    /**
     * {@code DoesNotExist}: the label is missing.
     *
     * @param key the label's key
     */
    public record DoesNotExist(String key) implements Requirement {
        @Override
        public boolean holds(Map<String, String> labels) {
            return !labels.containsKey(key);
        }
    }
}
