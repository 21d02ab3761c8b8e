package io.jbpf.controller.node;

/**
 * For programs that end with the process that attached them: nothing is ever left by an earlier process, and nothing can be
 * left to another.
 */
public final class UnpinnedTenure implements NodeTenure {
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
            programs.stopFiltering(pod);
            programs.stopCounting(pod);
        }
    }
}
