package io.jbpf.netlink;

/** The way of a packet, as the interface sees it. */
public enum Direction {
    /** The interface receives it. */
    INGRESS,
    /** The interface sends it. */
    EGRESS;

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
