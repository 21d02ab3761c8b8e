package io.jbpf.event;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The writer's side of a BPF user ring buffer, as kernel/bpf/ringbuf.c reads it: the same records as in {@link KernelRing},
 * with the roles turned round. The kernel checks each header; it stops at a busy record and passes over a discarded one.
 */
final class UserRing {
    private static final VarHandle POSITION = KernelRing.POSITION;
    private static final VarHandle HEADER = KernelRing.HEADER;

    private final ByteBuffer consumer;
    private final ByteBuffer ring;
    private final int dataOffset;
    private final int size;

    /**
     * @param consumer begins with the consumer position
     * @param ring begins with the producer position; the data follow, twice
     * @param dataOffset where they begin
     * @param size of the data, once; a power of two
     */
    UserRing(ByteBuffer consumer, ByteBuffer ring, int dataOffset, int size) {
        this.consumer = consumer;
        this.ring = ring;
        this.dataOffset = dataOffset;
        this.size = size;
    }

    int size() {
        return size;
    }

    /** {@return the bytes that the program has not read} */
    long pending() {
        long read = (long) POSITION.getAcquire(consumer, 0);
        return Math.max(0, (long) POSITION.getAcquire(ring, 0) - read);
    }

    /** {@return the bytes that a record of that length takes} */
    static long recordSize(int length) {
        return ((long) length + KernelRing.HEADER_SIZE + 7) & ~7L;
    }

    /**
     * Reserves a record, busy until {@link #submit}. One thread at a time.
     *
     * @return where its header is; -1 if there is no room
     */
    int reserve(int length) {
        long record = recordSize(length);
        // Pairs with the kernel's release in __bpf_user_ringbuf_sample_release: what it has read may be overwritten.
        long read = (long) POSITION.getAcquire(consumer, 0);
        long producer = (long) POSITION.get(ring, 0);
        if (size - (producer - read) < record) {
            return -1;
        }
        int at = dataOffset + ((int) producer & (size - 1));
        HEADER.set(ring, at, length | KernelRing.BUSY);
        HEADER.set(ring, at + Integer.BYTES, 0);
        // Pairs with the kernel's acquire in __bpf_user_ringbuf_peek: who sees the position sees the header.
        POSITION.setRelease(ring, 0, producer + record);
        return at;
    }

    /** {@return the bytes of a reserved record, to be written} */
    ByteBuffer data(int at, int length) {
        return ring.slice(at + KernelRing.HEADER_SIZE, length).order(ByteOrder.nativeOrder());
    }

    /** Gives a record to the program, or tells it to pass over it. What was written before is seen with it. */
    void submit(int at, int length, boolean discard) {
        HEADER.setRelease(ring, at, discard ? length | KernelRing.DISCARDED : length);
    }
}
