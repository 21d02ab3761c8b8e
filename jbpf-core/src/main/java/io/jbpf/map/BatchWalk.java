package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;

/** Walks a map batch by batch: BPF_MAP_LOOKUP_BATCH, or BPF_MAP_LOOKUP_AND_DELETE_BATCH to take out what it meets. */
final class BatchWalk implements EntryCursor.Source {
    /** What a batch may take at first, in bytes: as fast as larger ones, and small beside a container's memory. */
    private static final int FIRST_BYTES = 1 << 18;

    /** How often a batch that the kernel gave up (EINTR: an element vanished, Linux before 5.15) is tried in a row. */
    private static final int TRIES = 1000;

    private final BpfMap map;
    private final Bpf.Batch batch;
    private final int keySize;
    private final int valueBytes;
    private final long most;

    /** A hash table's bucket number, or the last key. */
    private final NativeMemory position;

    /** The keys, then the values. */
    private NativeMemory memory;

    private ByteBuffer keys;
    private ByteBuffer values;
    private int valuesAt;
    private int capacity;
    private int filled;
    private boolean started;
    private boolean ended;

    BatchWalk(BpfMap map, boolean draining) {
        this(map, draining, firstCapacity(map));
    }

    BatchWalk(BpfMap map, boolean draining, int capacity) {
        this.map = map;
        this.batch = draining ? Bpf.Batch.TAKE : Bpf.Batch.LOOKUP;
        this.keySize = map.info().keySize();
        this.valueBytes = map.valueBytes();
        this.position = NativeMemory.allocate(Math.max(Integer.BYTES, keySize));
        this.most = mostCapacity(map);
        this.capacity = capacity;
        this.valuesAt = valuesAt();
        this.memory = BatchMemory.take(size());
        this.keys = view();
        this.values = view();
    }

    /** All entries could be in one bucket; and for a moment there may be one more for each CPU (hashtab.c). */
    private static long mostCapacity(BpfMap map) {
        return Integer.toUnsignedLong(map.info().maxEntries()) + PossibleCpus.count();
    }

    private static int firstCapacity(BpfMap map) {
        long fits = FIRST_BYTES / ((long) map.info().keySize() + map.valueBytes());
        return (int) Math.max(1, Math.min(Integer.toUnsignedLong(map.info().maxEntries()), fits));
    }

    int capacity() {
        return capacity;
    }

    private int valuesAt() {
        return Math.addExact(Math.multiplyExact(capacity, keySize), 7) & -8;
    }

    private int size() {
        return Math.addExact(valuesAt, Math.multiplyExact(capacity, valueBytes));
    }

    /** The memory, with a position of its own. */
    private ByteBuffer view() {
        return memory.buffer().duplicate().clear().order(memory.buffer().order());
    }

    @Override
    public int fetch() {
        filled = 0;
        while (filled == 0 && !ended) {
            fetchBatch();
        }
        if (filled == 0 && memory.size() > 0) {
            BatchMemory.giveBack(memory);
            memory = NativeMemory.allocate(0);
        }
        return filled;
    }

    private void fetchBatch() {
        for (int tries = 0; ; tries++) {
            Bpf.BatchResult result = map.batch(
                    batch, position.address(), !started, memory.address(), memory.address() + valuesAt, capacity);
            int errno = -result.result();
            if (errno == Errno.ENOSPC.number() && capacity <= most) {
                // A bucket holds more than there is room for; nothing was copied, and the position is that bucket.
                grow();
            } else if (errno == 0 || errno == Errno.ENOENT.number()) {
                filled = result.count();
                ended = errno != 0;
                started = true;
                return;
            } else if (errno == Errno.EINTR.number() && result.count() > 0 && result.count() < capacity) {
                // As many as were asked for, and yet a failure: the kernel did not begin.
                filled = result.count();
                started = true;
                return;
            } else if (errno != Errno.EINTR.number() || tries == TRIES) {
                throw map.refused(new Errno(errno), 0, "read a batch of", batch.call());
            }
        }
    }

    private void grow() {
        capacity = Math.multiplyExact(capacity, 2);
        valuesAt = valuesAt();
        memory = NativeMemory.allocate(size());
        keys = view();
        values = view();
    }

    @Override
    public ByteBuffer keys() {
        return keys;
    }

    @Override
    public int firstKey() {
        return 0;
    }

    @Override
    public int keyStride() {
        return keySize;
    }

    @Override
    public ByteBuffer values() {
        return values;
    }

    @Override
    public int firstValue() {
        return valuesAt;
    }

    @Override
    public int valueStride() {
        return valueBytes;
    }

    @Override
    public boolean isExact() {
        return true;
    }
}
