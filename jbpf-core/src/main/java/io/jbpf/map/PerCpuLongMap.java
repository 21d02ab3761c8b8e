package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;

/**
 * A map of integers that has a value for each possible CPU: keys and values are of 4 or 8 bytes, as Java longs, and no
 * operation allocates anything. Owns nothing; works while its {@link BpfMap} is open.
 */
public final class PerCpuLongMap {
    private final BpfMap map;
    private final int keyWidth;
    private final int valueWidth;

    PerCpuLongMap(BpfMap map) {
        Views.requireNumbers(map, true);
        this.map = map;
        this.keyWidth = map.info().keySize();
        this.valueWidth = map.info().valueSize();
    }

    /** {@return the sum of a key's values over all possible CPUs, or {@code absent} if it has none} */
    public long sum(long key, long absent) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? sum(scratch) : absent;
    }

    /**
     * Takes a key and its values out of the map, with no moment between reading and removing. Linux 5.14.
     *
     * @return the sum of its values, or {@code absent} if it had none
     * @throws UnsupportedFeatureException if the kernel cannot do so with maps of this type
     */
    public long take(long key, long absent) {
        Scratch scratch = scratch(key);
        return map.take(scratch) ? sum(scratch) : absent;
    }

    /**
     * Copies a key's values.
     *
     * @param values room for one of each possible CPU, in the order of their numbers
     * @return whether it has any
     */
    public boolean read(long key, long[] values) {
        int cpus = PossibleCpus.count();
        if (values.length < cpus) {
            throw new IllegalArgumentException("room for " + values.length + " values: there are " + cpus + " CPUs");
        }
        Scratch scratch = scratch(key);
        if (!map.lookup(scratch)) {
            return false;
        }
        for (int cpu = 0; cpu < cpus; cpu++) {
            values[cpu] = Numbers.read(scratch.value(map.valueBytes()), cpu * map.perCpuStride(), valueWidth);
        }
        return true;
    }

    /**
     * Sets the values of a key for every possible CPU to the same.
     *
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void fill(long key, long value) {
        Scratch scratch = scratch(key);
        for (int start = 0; start < map.valueBytes(); start += map.perCpuStride()) {
            Numbers.write(scratch.value(map.valueBytes()), start, valueWidth, value);
        }
        map.update(scratch, UpdateMode.ANY);
    }

    /** Removes a key; answers whether it was there. */
    public boolean delete(long key) {
        return map.delete(scratch(key));
    }

    private long sum(Scratch scratch) {
        return Numbers.sum(scratch.value(map.valueBytes()), 0, map.valueBytes(), map.perCpuStride(), valueWidth);
    }

    private Scratch scratch(long key) {
        Scratch scratch = map.scratch();
        scratch.key(keyWidth, key);
        return scratch;
    }
}
