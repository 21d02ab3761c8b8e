package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * Sets or removes many elements: BPF_MAP_UPDATE_BATCH and BPF_MAP_DELETE_BATCH, or one by one where the kernel has no
 * batches for the type. Elements are written into the buffers {@link #key} and {@link #value} answer, then added.
 */
final class BatchWriter {
    private static final int MOST_BYTES = 1 << 18;

    private final BpfMap map;
    private final Bpf.Batch batch;
    private final boolean batched;
    private final int keySize;
    private final int valueBytes;
    private final int capacity;
    private final NativeMemory keys;
    private final NativeMemory values;
    private int filled;
    private long done;

    private BatchWriter(BpfMap map, Bpf.Batch batch, int expected) {
        this.map = map;
        this.batch = batch;
        this.batched = BatchSupport.has(map, batch);
        this.keySize = map.info().keySize();
        this.valueBytes = batch == Bpf.Batch.DELETE ? 0 : map.valueBytes();
        int fits = (int) Math.max(1, MOST_BYTES / ((long) keySize + valueBytes));
        this.capacity = Math.max(1, Math.min(expected, fits));
        this.keys = NativeMemory.allocate(Math.multiplyExact(capacity, keySize));
        this.values = NativeMemory.allocate(Math.multiplyExact(capacity, valueBytes));
    }

    static BatchWriter updating(BpfMap map, int expected) {
        return new BatchWriter(map, Bpf.Batch.UPDATE, expected);
    }

    static BatchWriter deleting(BpfMap map, int expected) {
        return new BatchWriter(map, Bpf.Batch.DELETE, expected);
    }

    /** {@return where the next element's key goes: zeroes from position to limit} */
    ByteBuffer key() {
        return slot(keys, keySize);
    }

    /** {@return where the next element's value goes: zeroes from position to limit} */
    ByteBuffer value() {
        return slot(values, valueBytes);
    }

    private ByteBuffer slot(NativeMemory memory, int size) {
        ByteBuffer buffer = memory.buffer().clear();
        int start = filled * size;
        for (int i = start; i < start + size; i++) {
            buffer.put(i, (byte) 0);
        }
        return buffer.limit(start + size).position(start);
    }

    /** Counts the element that was written as the next. */
    void add() {
        filled++;
        if (filled == capacity) {
            flush();
        }
    }

    /** Hands over what is left; answers how many elements were set, or were there to be removed. */
    long finish() {
        flush();
        return done;
    }

    private void flush() {
        int at = 0;
        while (at < filled) {
            at += batched ? several(at) : one(at);
        }
        filled = 0;
    }

    /** Goes on from an element; answers how many are dealt with. */
    private int several(int at) {
        int asked = filled - at;
        Bpf.BatchResult result = map.batch(
                batch,
                0,
                true,
                keys.address() + (long) at * keySize,
                valueBytes == 0 ? 0 : values.address() + (long) at * valueBytes,
                asked);
        if (result.result() == 0) {
            done += asked;
            return asked;
        }
        // As many as were asked for, and yet a failure: the kernel did not begin.
        int before = result.count() < asked ? result.count() : 0;
        done += before;
        if (isAbsent(result.result())) {
            return before + 1;
        }
        throw refused(result.result(), batch.call());
    }

    private int one(int at) {
        long key = keys.address() + (long) at * keySize;
        if (batch == Bpf.Batch.DELETE) {
            done += map.delete(key) ? 1 : 0;
            return 1;
        }
        int result = map.tryUpdate(key, values.address() + (long) at * valueBytes, UpdateMode.ANY.flag());
        if (result < 0) {
            throw refused(result, "bpf(BPF_MAP_UPDATE_ELEM)");
        }
        done++;
        return 1;
    }

    private boolean isAbsent(int result) {
        return batch == Bpf.Batch.DELETE && result == -Errno.ENOENT.number();
    }

    private SystemCallException refused(int result, String call) {
        String activity = batch == Bpf.Batch.DELETE ? "delete element " : "update element ";
        return map.refused(new Errno(-result), 0, activity + (done + 1) + " of those given in", call);
    }
}
