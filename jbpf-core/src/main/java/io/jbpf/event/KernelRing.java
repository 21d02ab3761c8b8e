package io.jbpf.event;

import io.jbpf.error.BpfException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The reader's side of a BPF ring buffer, as kernel/bpf/ringbuf.c writes it: records of an 8-byte header and data, padded
 * to a multiple of 8, between a consumer and a producer position that only grow. Programs reserve in order and submit in
 * any; a record that is reserved and not submitted is busy, and stops the reader.
 *
 * <p>The kernel compares a record with the consumer position to decide whether to wake somebody: it does if the reader
 * has read all before. So the position is published before a wait, followed by a full fence and another look: either
 * the record is seen here, or the position is seen there. While there is more to read, publishing only costs: the program's
 * CPU has to fetch the line again, and wakes a reader that is awake. It is done when a part of the ring is read, for
 * programs to have room, and at the end.
 */
final class KernelRing {
    static final int HEADER_SIZE = 8;
    static final int BUSY = 1 << 31;
    static final int DISCARDED = 1 << 30;
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    static final VarHandle POSITION = MethodHandles.byteBufferViewVarHandle(long[].class, NATIVE);
    static final VarHandle HEADER = MethodHandles.byteBufferViewVarHandle(int[].class, NATIVE);

    /** What part of the ring is read before the position is published. */
    private static final int PARTS = 8;

    private final String what;
    private final ByteBuffer consumer;
    private final ByteBuffer ring;

    /** For the handler, whatever it may do to it. */
    private final ByteBuffer view;

    private final int dataOffset;
    private final int size;
    private final RecordHandler handler;

    /**
     * @param what how to name it in errors
     * @param consumer begins with the consumer position
     * @param ring begins with the producer position; the data follow, twice
     * @param dataOffset where they begin
     * @param size of the data, once; a power of two
     */
    KernelRing(String what, ByteBuffer consumer, ByteBuffer ring, int dataOffset, int size, RecordHandler handler) {
        this.what = what;
        this.consumer = consumer;
        this.ring = ring;
        this.view = ring.asReadOnlyBuffer().order(NATIVE);
        this.dataOffset = dataOffset;
        this.size = size;
        this.handler = handler;
    }

    int size() {
        return size;
    }

    long consumerPosition() {
        return (long) POSITION.getAcquire(consumer, 0);
    }

    long producerPosition() {
        return (long) POSITION.getAcquire(ring, 0);
    }

    /**
     * Delivers records until there are none, one is busy, or the gate is closed, but no more than the ring holds; answers
     * how many.
     */
    int drain(Gate gate) {
        // Read anew each time: another reader may have had its turn.
        long published = consumerPosition();
        long position = published;
        long end = position + size;
        int records = 0;
        try {
            while (true) {
                long begun = position;
                long producer = producerPosition();
                long until = Math.min(producer, end);
                while (position < until) {
                    int at = dataOffset + ((int) position & (size - 1));
                    int header = (int) HEADER.getAcquire(ring, at);
                    if (header < 0) {
                        break;
                    }
                    int length = header & ~DISCARDED;
                    position += (length + HEADER_SIZE + 7) & ~7;
                    if (position > producer) {
                        position = producer;
                        throw overrun();
                    }
                    if (header == length) {
                        records++;
                        handler.record(view, at + HEADER_SIZE, length);
                    }
                    if (position - published >= size / PARTS) {
                        POSITION.setRelease(consumer, 0, position);
                        published = position;
                    }
                    if (gate.isClosed()) {
                        return records;
                    }
                }
                if (position == begun || (position >= end && records > 0)) {
                    return records;
                }
                if (position >= end) {
                    end += size; // all of them discarded
                }
                POSITION.setVolatile(consumer, 0, position);
                VarHandle.fullFence();
                published = position;
            }
        } finally {
            if (position != published) {
                POSITION.setVolatile(consumer, 0, position);
                VarHandle.fullFence();
            }
        }
    }

    private BpfException overrun() {
        return new BpfException(what + " holds a record that ends behind its end: somebody else reads it as well");
    }
}
