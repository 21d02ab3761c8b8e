package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * A map that has a value for each possible CPU, in Java values: per-CPU hash and array. Owns nothing; works while its
 * {@link BpfMap} is open.
 *
 * @param <K> the key
 * @param <V> the value of one CPU
 */
public final class PerCpuMap<K, V> {
    private final BpfMap map;
    private final Codec<K> keys;
    private final Codec<V> values;

    PerCpuMap(BpfMap map, Codec<K> keys, Codec<V> values) {
        Views.requireFit(map, keys, values, true);
        this.map = map;
        this.keys = keys;
        this.values = values;
    }

    /** {@return the values of a key, one for each possible CPU in the order of their numbers; nothing if it has none} */
    public Optional<List<V>> lookup(K key) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? Optional.of(decode(scratch.value(map.valueBytes()))) : Optional.empty();
    }

    /** {@return the values of a key added up, or merged otherwise; nothing if it has none} */
    public Optional<V> merged(K key, BinaryOperator<V> merge) {
        return lookup(key).flatMap(all -> all.stream().reduce(merge));
    }

    /**
     * Sets the values of a key for every possible CPU to the same.
     *
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void fill(K key, V value) {
        Scratch scratch = scratch(key);
        ByteBuffer all = Views.zeroed(scratch.value(map.valueBytes()));
        for (int start = 0; start < map.valueBytes(); start += map.perCpuStride()) {
            values.encode(value, all.position(start));
        }
        map.update(scratch, UpdateMode.ANY);
    }

    /** Removes a key; answers whether it was there. */
    public boolean delete(K key) {
        return map.delete(scratch(key));
    }

    /**
     * Takes a key and its values out of the map, with no moment between reading and removing. Linux 5.14.
     *
     * @return its values, or nothing if it had none
     * @throws UnsupportedFeatureException if the kernel cannot do so with maps of this type
     */
    public Optional<List<V>> take(K key) {
        Scratch scratch = scratch(key);
        return map.take(scratch) ? Optional.of(decode(scratch.value(map.valueBytes()))) : Optional.empty();
    }

    /**
     * Copies what is in the map now. Entries that come or go meanwhile may or may not be in it; one that stays is, as
     * {@link EntryCursor} says.
     *
     * @return for each key the values of all possible CPUs
     */
    public Map<K, List<V>> entries() {
        return collect(map.entries());
    }

    /**
     * Takes everything out of the map, as {@link BpfMap#drain} does.
     *
     * @return what was in it
     * @throws SystemCallException if elements cannot be removed: those of arrays
     */
    public Map<K, List<V>> drain() {
        return collect(map.drain());
    }

    private Map<K, List<V>> collect(EntryCursor cursor) {
        Map<K, List<V>> entries = new LinkedHashMap<>();
        while (cursor.advance()) {
            ByteBuffer key = cursor.key();
            K decoded = keys.decode(key.slice().order(key.order()));
            entries.put(decoded, decode(cursor.value()));
        }
        return entries;
    }

    private List<V> decode(ByteBuffer all) {
        List<V> decoded = new ArrayList<>();
        for (int start = 0; start < map.valueBytes(); start += map.perCpuStride()) {
            ByteBuffer one = all.slice(all.position() + start, values.size());
            decoded.add(values.decode(one.order(all.order())));
        }
        return Collections.unmodifiableList(decoded);
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
