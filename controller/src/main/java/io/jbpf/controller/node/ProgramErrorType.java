package io.jbpf.controller.node;

/** The kinds of failure of a program: few and fixed, for they are values of a metric's label. */
public enum ProgramErrorType {
    /** It could not be attached. */
    ATTACH_FAILED("attach_failed", "AttachFailed"),
    /** It could not be brought to new rules; the old ones are in force. */
    UPDATE_FAILED("update_failed", "UpdateFailed"),
    /** It could not be taken away. */
    DETACH_FAILED("detach_failed", "DetachFailed"),
    /** Its counts could not be read. */
    READ_FAILED("read_failed", "ReadFailed"),
    /** Somebody had taken it off, or away its pins; it is attached anew. */
    DETACHED("detached", "Detached"),
    /** The node has no directory in a bpffs that is ours: nothing on it can be attached. */
    NODE_NOT_PREPARED("node_not_prepared", "NodeNotPrepared"),
    /** What is pinned on the node was made by a newer version; it goes on, and this version changes nothing. */
    STATE_FROM_NEWER_VERSION("state_from_newer_version", "StateFromNewerVersion"),
    /** The kernel lacks what it needs. */
    UNSUPPORTED("unsupported", "Unsupported"),
    /** The pod is on the node's own network, which is not the pod's to filter. */
    HOST_NETWORK("host_network", "HostNetwork"),
    /** The pod is on the network of the controller that is to filter it. */
    OWN_NETWORK("own_network", "OwnNetwork"),
    /** It cannot be found out, or not be seen, which network is the pod's. */
    NETWORK_UNREADABLE("network_unreadable", "NetworkUnreadable"),
    /** The pod has several interfaces, and nothing tells at which its packets come in. */
    NO_INTERFACE("no_interface", "NoInterface"),
    /** The pod runs, but no cgroup of it is found. */
    NO_CGROUP("no_cgroup", "NoCgroup");

    private final String word;
    private final String reason;

    ProgramErrorType(String word, String reason) {
        this.word = word;
        this.reason = reason;
    }

    /**
     * Whether it is the same for every pod of the node.
     *
     * @return true if it is said once for the node
     */
    public boolean ofTheNode() {
        return this == NODE_NOT_PREPARED || this == STATE_FROM_NEWER_VERSION;
    }

    /**
     * The value of the label {@code error_type}.
     *
     * @return such as {@code attach_failed}
     */
    public String word() {
        return word;
    }

    /**
     * The reason in a condition.
     *
     * @return such as {@code AttachFailed}
     */
    public String reason() {
        return reason;
    }
}
