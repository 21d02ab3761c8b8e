package io.jbpf.controller.metrics;

import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.ObjectKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Failures of programs, counted by pod and kind for as long as the pod exists. */
public final class ProgramErrors {
    /**
     * What one counter is about.
     *
     * @param pod the pod
     * @param program which program
     * @param type what kind of failure
     */
    record Key(ObjectKey pod, ProgramType program, ProgramErrorType type) {}

    private final Map<Key, Long> counts = new ConcurrentHashMap<>();
    private final Revision revision;

    /**
     * No failures yet.
     *
     * @param revision what tells that a count changed
     */
    public ProgramErrors(Revision revision) {
        this.revision = revision;
    }

    /**
     * Counts a failure.
     *
     * @param pod the pod whose program it was
     * @param failure the failure
     */
    public void count(ObjectKey pod, ProgramException failure) {
        counts.merge(new Key(pod, failure.program(), failure.type()), 1L, Long::sum);
        revision.advance();
    }

    /**
     * Ends the series of a pod.
     *
     * @param pod a pod that is no more
     */
    public void forget(ObjectKey pod) {
        if (counts.keySet().removeIf(key -> key.pod().equals(pod))) {
            revision.advance();
        }
    }

    Map<Key, Long> counts() {
        return Map.copyOf(counts);
    }
}
