package io.jbpf.controller.node;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For programs that end with the process that attached them: nothing is ever left by an earlier process, and nothing can be
 * left to another.
 */
public final class UnpinnedTenure implements NodeTenure {
    private static final Logger LOG = LoggerFactory.getLogger(UnpinnedTenure.class);

    private final NodePrograms programs;

    /**
     * The tenure of one process.
     *
     * @param programs all that it has attached
     */
    public UnpinnedTenure(NodePrograms programs) {
        this.programs = programs;
    }

    @Override
    public void begin() {
        // Whoever was there before has left nothing.
    }

    /** What stayed would go by rules that nobody changes any more, beside the successor's own. */
    @Override
    public void leaveInPlace() {
        removeAll();
    }

    @Override
    public void removeAll() {
        for (PodIdentity pod : programs.pods()) {
            attempt(pod, programs::stopFiltering);
            attempt(pod, programs::stopCounting);
        }
    }

    /** What one pod's program refuses keeps no other's attached. */
    private static void attempt(PodIdentity pod, Consumer<PodIdentity> step) {
        try {
            step.accept(pod);
        } catch (ProgramException e) {
            LOG.warn("Pod {}: {}", pod, e.getMessage());
        }
    }
}
