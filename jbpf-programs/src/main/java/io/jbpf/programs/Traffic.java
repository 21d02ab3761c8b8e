package io.jbpf.programs;

/**
 * Packets as the wire carries them: one that the kernel holds as a bundle of segments (GSO, GRO) counts as its segments.
 *
 * @param packets their number
 * @param bytes their length, from the link-layer header on
 */
public record Traffic(long packets, long bytes) {
    /** No packet. */
    public static final Traffic NONE = new Traffic(0, 0);

    /** {@return both together} */
    public Traffic plus(Traffic other) {
        return new Traffic(packets + other.packets, bytes + other.bytes);
    }

    /** {@return what came since an earlier count} */
    public Traffic minus(Traffic earlier) {
        return new Traffic(packets - earlier.packets, bytes - earlier.bytes);
    }
}
