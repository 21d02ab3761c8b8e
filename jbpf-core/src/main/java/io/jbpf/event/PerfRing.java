package io.jbpf.event;

import io.jbpf.error.BpfException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The reader's side of the ring of one perf event, as linux/perf_event.h describes it: a page with the positions, then
 * records, whose headers tell their sizes, multiples of 8. A record may go round the end; then its data are copied
 * together. The kernel wakes by counting and looks at no position for it, so ours is told once, at the end.
 */
final class PerfRing {
    // struct perf_event_mmap_page
    static final int DATA_HEAD = 1024;
    static final int DATA_TAIL = 1032;

    // struct perf_event_header: u32 type, u16 misc, u16 size
    static final int RECORD_SIZE = 6;
    static final int HEADER_SIZE = 8;
    static final int PERF_RECORD_LOST = 2;
    static final int PERF_RECORD_SAMPLE = 9;

    /** Behind the header, of a sample with PERF_SAMPLE_RAW and nothing else: u32 size, then the data. */
    static final int RAW_DATA = HEADER_SIZE + Integer.BYTES;

    /** Behind the header of a lost record: u64 id, u64 lost. */
    static final int LOST_COUNT = HEADER_SIZE + Long.BYTES;

    private static final VarHandle POSITION = KernelRing.POSITION;
    private static final int MAX_RECORD = 1 << 16;

    private final int cpu;
    private final ByteBuffer ring;
    private final ByteBuffer view;
    private final int dataOffset;
    private final int size;
    private final SampleHandler handler;
    private ByteBuffer joined = ByteBuffer.allocate(0);
    private ByteBuffer joinedView = joined;
    private volatile long lost;

    /**
     * @param ring the page with the positions and the data
     * @param dataOffset where the data begin: the size of a page
     * @param size of the data; a power of two
     */
    PerfRing(int cpu, ByteBuffer ring, int dataOffset, int size, SampleHandler handler) {
        this.cpu = cpu;
        this.ring = ring;
        this.view = ring.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        this.dataOffset = dataOffset;
        this.size = size;
        this.handler = handler;
    }

    /** {@return how many samples the kernel says it could not write} */
    long lost() {
        return lost;
    }

    /** Delivers what is there now, unless the gate is closed meanwhile; answers how many samples. */
    int drain(Gate gate) {
        long head = (long) POSITION.getAcquire(ring, DATA_HEAD);
        long begin = (long) POSITION.get(ring, DATA_TAIL);
        long tail = begin;
        int samples = 0;
        try {
            while (tail < head && !gate.isClosed()) {
                long record = tail;
                int length = ring.getShort(at(record + RECORD_SIZE)) & 0xffff;
                if (length < HEADER_SIZE || length > head - tail) {
                    tail = head;
                    throw new BpfException("the perf buffer of CPU " + cpu + " holds a record of " + length
                            + " bytes where there are " + (head - record) + ": somebody else reads it as well");
                }
                tail += length;
                int type = ring.getInt(at(record));
                if (type == PERF_RECORD_SAMPLE) {
                    samples++;
                    deliver(record, length);
                } else if (type == PERF_RECORD_LOST) {
                    long count = ring.getLong(at(record + LOST_COUNT));
                    addLost(count);
                    handler.lost(cpu, count);
                }
            }
            return samples;
        } finally {
            if (tail != begin) {
                // Pairs with the kernel's reading of the tail before it writes: what was read may be overwritten.
                POSITION.setRelease(ring, DATA_TAIL, tail);
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time is inside; others only read
    private void addLost(long count) {
        lost += count;
    }

    private int at(long position) {
        return dataOffset + ((int) position & (size - 1));
    }

    private void deliver(long record, int recordLength) {
        int length = Math.min(ring.getInt(at(record + HEADER_SIZE)), recordLength - RAW_DATA);
        int begin = at(record + RAW_DATA);
        int first = dataOffset + size - begin;
        if (length <= first) {
            handler.sample(cpu, view, begin, length);
            return;
        }
        if (joined.capacity() == 0) {
            joined = ByteBuffer.allocateDirect(MAX_RECORD);
            joinedView = joined.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        }
        joined.put(0, ring, begin, first).put(first, ring, dataOffset, length - first);
        handler.sample(cpu, joinedView, 0, length);
    }
}
