package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.cluster.ConfigMapProblem;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the API is told about a pod: its ConfigMaps, or how it stands with its programs. */
public interface PodRecords {
    /**
     * What came of what was to be recorded.
     *
     * @param problems why a config's record is not there, by config; empty if all are
     * @param failure what the API server said to one of them, to be tried again
     */
    record Written(Map<ObjectKey, ConfigMapProblem> problems, Optional<KubernetesClientException> failure) {
        /** All of it is there. */
        static final Written ALL = new Written(Map.of(), Optional.empty());

        /** Keeps a copy. */
        public Written {
            problems = Map.copyOf(problems);
        }
    }

    /**
     * Brings what is recorded to what is wanted.
     *
     * @param pod the pod
     * @param configs those that select it
     * @param state how it stands with its programs
     * @return what came of it
     */
    Written write(Pod pod, List<Config> configs, EbpfState state);

    /**
     * Takes away what is recorded about a pod that is no more.
     *
     * @param pod where it was
     */
    void remove(ObjectKey pod);
}
