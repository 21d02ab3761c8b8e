package io.jbpf.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A BPF ring buffer in plain memory, and its writer: what kernel/bpf/ringbuf.c does, without its locks. */
final class PlainRing {
    static final int DATA = 64;

    final ByteBuffer consumer = memory(8);
    final ByteBuffer ring;
    final int size;

    PlainRing(int size) {
        this.size = size;
        this.ring = memory(DATA + 2 * size);
    }

    static ByteBuffer memory(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    }

    /** Both positions, as after that many bytes. */
    PlainRing at(long position) {
        consumer.putLong(0, position);
        ring.putLong(0, position);
        return this;
    }

    long consumed() {
        return consumer.getLong(0);
    }

    /** Reserves, without asking for room, and answers the position. */
    long reserve(int length) {
        long position = ring.getLong(0);
        header(position, length | KernelRing.BUSY);
        ring.putLong(0, position + ((length + 15) & ~7));
        return position;
    }

    void submit(long position) {
        header(position, header(position) & ~KernelRing.BUSY);
    }

    void discard(long position) {
        header(position, (header(position) & ~KernelRing.BUSY) | KernelRing.DISCARDED);
    }

    /** Writes data, which the kernel's double mapping shows twice. */
    void write(long position, byte[] data) {
        for (int i = 0; i < data.length; i++) {
            int at = (int) ((position + 8 + i) % size);
            ring.put(DATA + at, data[i]).put(DATA + size + at, data[i]);
        }
    }

    PlainRing record(byte... data) {
        long position = reserve(data.length);
        write(position, data);
        submit(position);
        return this;
    }

    int header(long position) {
        return ring.getInt(DATA + (int) (position % size));
    }

    void header(long position, int header) {
        int at = DATA + (int) (position % size);
        ring.putInt(at, header).putInt(at + size, header);
    }
}
