package io.jbpf.map;

import java.nio.ByteBuffer;

/**
 * A walk through the elements of a map, in memory that it uses again: it allocates nothing per element. For one thread.
 *
 * <pre>{@code
 * EntryCursor cursor = map.entries();
 * while (cursor.advance()) {
 *     sum += cursor.valueAsLong();
 * }
 * }</pre>
 *
 * <p><b>What it promises</b>, whatever programs and other processes do with the map meanwhile: it ends; it meets each key
 * at most once unless that key is deleted and put again during the walk; and it meets every element that stays in the map
 * from its beginning to its end. Elements that come or go meanwhile may or may not be met; the map as a whole is not
 * frozen, so two elements may be of different moments.
 *
 * <p>Where the kernel can (arrays and hash tables, Linux 5.6; per-CPU arrays 5.13; it is tried, once for each type of map),
 * the elements come in batches, each bucket of a hash table under its lock. Elsewhere the walk goes from key to key.
 * There a deletion of the key it stands on makes the kernel begin again, which costs time and memory (the keys already met
 * are remembered) but loses nothing; only in hash tables on kernels without batches an element whose <i>value is
 * replaced</i> during the walk may be missed, since the kernel moves it to the front of its bucket.
 *
 * <p>A walk that drains takes each element out as it copies it: nothing that is added to it meanwhile is lost. Elements
 * come in batches there, too, so those between this one and the end of the batch are already out of the map: whoever
 * gives up half-way loses them. Where the kernel can neither take out a batch nor a single element (hash tables before
 * Linux 5.6), it is copied first and then deleted, and what programs write between the two is lost: see {@link #isExact}.
 */
public final class EntryCursor {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final BpfMap map;
    private final Source source;
    private final int keySize;
    private final int valueBytes;

    // What the source has fetched, and where in it this stands: no call to the source per element.
    private ByteBuffer keys = NOTHING;
    private ByteBuffer values = NOTHING;
    private int keyAt;
    private int valueAt;
    private int keyStride;
    private int valueStride;
    private int left;

    EntryCursor(BpfMap map, Source source) {
        this.map = map;
        this.source = source;
        this.keySize = map.info().keySize();
        this.valueBytes = map.valueBytes();
    }

    static EntryCursor reading(BpfMap map) {
        return new EntryCursor(map, BatchSupport.canRead(map) ? new BatchWalk(map, false) : new KeyWalk(map, false));
    }

    static EntryCursor draining(BpfMap map) {
        return new EntryCursor(map, BatchSupport.canTake(map) ? new BatchWalk(map, true) : new KeyWalk(map, true));
    }

    /** Elements, some at a time, in somebody's memory. */
    sealed interface Source permits BatchWalk, KeyWalk, BulkReader.Copied {
        /** Gets the next elements, which overwrite the last; answers how many, 0 if there are no more. */
        int fetch();

        /** {@return where the keys lie} */
        ByteBuffer keys();

        /** {@return the index of the first key} */
        int firstKey();

        /** {@return from one key to the next, in bytes} */
        int keyStride();

        /** {@return where the values lie} */
        ByteBuffer values();

        /** {@return the index of the first value} */
        int firstValue();

        /** {@return from one value to the next, in bytes} */
        int valueStride();

        boolean isExact();
    }

    /** Moves to the next element; answers whether there is one. */
    public boolean advance() {
        if (left > 1) {
            left--;
            keyAt += keyStride;
            valueAt += valueStride;
            return true;
        }
        return fetch();
    }

    private boolean fetch() {
        left = source.fetch();
        keys = source.keys();
        values = source.values();
        keyAt = source.firstKey();
        valueAt = source.firstValue();
        keyStride = source.keyStride();
        valueStride = source.valueStride();
        return left > 0;
    }

    /** {@return whether the elements come in batches} */
    public boolean isBatched() {
        return source instanceof BatchWalk;
    }

    /**
     * {@return whether the promise holds to the letter}
     *
     * False for a walk from key to key through a hash table, for one that copies first and deletes then, and for what a
     * {@link BulkReader} has read in the kernel.
     */
    public boolean isExact() {
        return source.isExact();
    }

    /** {@return the key it stands on, from position to limit in native order; overwritten by {@link #advance}} */
    public ByteBuffer key() {
        return keys.limit(keyAt + keySize).position(keyAt);
    }

    /** {@return its value, for a per-CPU map those of all possible CPUs; overwritten by {@link #advance}} */
    public ByteBuffer value() {
        return values.limit(valueAt + valueBytes).position(valueAt);
    }

    /**
     * {@return the key as a number, zero-extended}
     *
     * @throws IllegalStateException if it is not of 4 or 8 bytes
     */
    public long keyAsLong() {
        return Numbers.read(keys.clear(), keyAt, Numbers.require(keySize, "key", map));
    }

    /**
     * {@return the value as a number, zero-extended}
     *
     * @throws IllegalStateException if it is not of 4 or 8 bytes, or per-CPU
     */
    public long valueAsLong() {
        if (map.isPerCpu()) {
            throw new IllegalStateException("the values of map '" + map.name() + "' are per-CPU: use valueSum()");
        }
        int width = Numbers.require(map.info().valueSize(), "value", map);
        return Numbers.read(values.clear(), valueAt, width);
    }

    /**
     * {@return the sum of the values of all possible CPUs as numbers}
     *
     * @throws IllegalStateException if they are not of 4 or 8 bytes, or not per-CPU
     */
    public long valueSum() {
        if (!map.isPerCpu()) {
            throw new IllegalStateException(
                    "the values of map '" + map.name() + "' are not per-CPU: use valueAsLong()");
        }
        int width = Numbers.require(map.info().valueSize(), "value", map);
        return Numbers.sum(values.clear(), valueAt, valueBytes, map.perCpuStride(), width);
    }
}
