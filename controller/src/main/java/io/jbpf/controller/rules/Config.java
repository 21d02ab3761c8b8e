package io.jbpf.controller.rules;

import java.util.List;

/**
 * A resource that makes sense.
 *
 * @param key its namespace and name
 * @param selector the pods it is about, within its namespace
 * @param labels keys of the labels that go into the ConfigMap
 * @param annotations keys of the annotations that go into the ConfigMap
 * @param programs what it asks for
 */
public record Config(
        ObjectKey key, PodSelector selector, List<String> labels, List<String> annotations, PodPrograms programs) {
    /** Keeps copies of the lists. */
    public Config {
        labels = List.copyOf(labels);
        annotations = List.copyOf(annotations);
    }
}
