package io.jbpf.controller.settings;

/** Which part of the work a process does. */
public enum Scope {
    /** The API for all pods and the kernel of its own node; of several replicas only the leader acts. */
    CLUSTER,
    /** The kernel of its own node; it writes nothing to the API but how its pods stand. */
    NODE,
    /** The API for all pods; the kernel is left to others, and nothing of BPF is touched. */
    API;

    /**
     * Whether it sees to the kernel of its node.
     *
     * @return false for {@link #API}
     */
    public boolean hasKernel() {
        return this != API;
    }

    /**
     * Whether it writes ConfigMaps and status.
     *
     * @return false for {@link #NODE}
     */
    public boolean hasApi() {
        return this != NODE;
    }
}
