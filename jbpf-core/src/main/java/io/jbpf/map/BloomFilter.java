package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.object.MapType;

/**
 * Tells what certainly was never added, and what probably was: {@code BPF_MAP_TYPE_BLOOM_FILTER}, Linux 5.16. Nothing can
 * be removed or listed. How many hash functions it has is in {@link MapInfo#mapExtra}, 0 for the kernel's choice of 5.
 * Owns nothing; works while its {@link BpfMap} is open.
 *
 * @param <V> the element
 */
public final class BloomFilter<V> {
    private final BpfMap map;
    private final Codec<V> values;

    private BloomFilter(BpfMap map, Codec<V> values) {
        Views.requireType(map, "bloom filter", MapType.BLOOM_FILTER);
        Views.requireValue(map, values);
        this.map = map;
        this.values = values;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type, or the size does not fit
     */
    public static <V> BloomFilter<V> of(BpfMap map, Codec<V> values) {
        return new BloomFilter<>(map, values);
    }

    /** Adds an element. */
    public void add(V value) {
        int result = map.tryUpdate(0, scratch(value).valueAddress(), UpdateMode.ANY.flag());
        if (result < 0) {
            throw map.refused(new Errno(-result), 0, "add an element to", "bpf(BPF_MAP_UPDATE_ELEM)");
        }
    }

    /** {@return false if it was never added, true if it was or if it looks so} */
    public boolean mightContain(V value) {
        return map.lookup(scratch(value));
    }

    private Scratch scratch(V value) {
        Scratch scratch = map.scratch();
        values.encode(value, Views.zeroed(scratch.value(values.size())));
        return scratch;
    }
}
