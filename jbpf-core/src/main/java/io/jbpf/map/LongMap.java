package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import java.nio.ByteBuffer;

/**
 * A map whose keys and values are integers of 4 or 8 bytes, as Java longs: no operation allocates anything. Integers of 4
 * bytes are read zero-extended, and written if they fit {@code __u32} or {@code __s32}. Owns nothing; works while its
 * {@link BpfMap} is open.
 */
public final class LongMap {
    private final BpfMap map;
    private final int keyWidth;
    private final int valueWidth;

    LongMap(BpfMap map) {
        Views.requireNumbers(map, false);
        this.map = map;
        this.keyWidth = map.info().keySize();
        this.valueWidth = map.info().valueSize();
    }

    /** {@return the value of a key, or {@code absent} if it has none} */
    public long get(long key, long absent) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? scratch.number(valueWidth) : absent;
    }

    /** {@return whether there is such a key} */
    public boolean contains(long key) {
        return map.lookup(scratch(key));
    }

    /**
     * Sets the value of a key, whether or not it has one.
     *
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void put(long key, long value) {
        update(key, value, UpdateMode.ANY);
    }

    /**
     * Sets the value of a key.
     *
     * @return false if {@code mode} forbade it
     * @throws SystemCallException E2BIG if a hash is full
     */
    public boolean update(long key, long value, UpdateMode mode) {
        Scratch scratch = scratch(key);
        scratch.value(valueWidth, value);
        return map.update(scratch, mode);
    }

    /** Removes a key; answers whether it was there. */
    public boolean delete(long key) {
        return map.delete(scratch(key));
    }

    /**
     * Takes a key and its value out of the map, with no moment between reading and removing. Hash tables: Linux 5.14.
     *
     * @return its value, or {@code absent} if it had none
     * @throws UnsupportedFeatureException if the kernel cannot do so with maps of this type
     */
    public long take(long key, long absent) {
        Scratch scratch = scratch(key);
        return map.take(scratch) ? scratch.number(valueWidth) : absent;
    }

    /**
     * Sets many, in batches where the kernel can (Linux 5.6). A failure leaves those before it in the map.
     *
     * @throws IllegalArgumentException if there are not as many values as keys
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void putAll(long[] keys, long[] values) {
        if (keys.length != values.length) {
            throw new IllegalArgumentException(keys.length + " keys and " + values.length + " values");
        }
        BatchWriter writer = BatchWriter.updating(map, keys.length);
        for (int i = 0; i < keys.length; i++) {
            ByteBuffer key = writer.key();
            Numbers.write(key, key.position(), keyWidth, keys[i]);
            ByteBuffer value = writer.value();
            Numbers.write(value, value.position(), valueWidth, values[i]);
            writer.add();
        }
        writer.finish();
    }

    /** Removes many, in batches where the kernel can (Linux 5.6); answers how many there were. */
    public long deleteAll(long[] keys) {
        BatchWriter writer = BatchWriter.deleting(map, keys.length);
        for (long each : keys) {
            ByteBuffer key = writer.key();
            Numbers.write(key, key.position(), keyWidth, each);
            writer.add();
        }
        return writer.finish();
    }

    private Scratch scratch(long key) {
        Scratch scratch = map.scratch();
        scratch.key(keyWidth, key);
        return scratch;
    }
}
