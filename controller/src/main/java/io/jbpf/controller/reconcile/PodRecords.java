package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.rules.Config;
import io.jbpf.controller.rules.ObjectKey;
import java.util.List;
import java.util.Map;

/** What the API is told about a pod: its ConfigMaps, or how it stands with its programs. */
public interface PodRecords {
    /**
     * Brings what is recorded to what is wanted.
     *
     * @param pod the pod
     * @param configs those that select it
     * @param state how it stands with its programs
     * @return why a config's record could not be written, by config; empty if all were
     */
    Map<ObjectKey, String> write(Pod pod, List<Config> configs, EbpfState state);

    /**
     * Takes away what is recorded about a pod that is no more.
     *
     * @param pod where it was
     */
    void remove(ObjectKey pod);
}
