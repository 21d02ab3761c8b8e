package io.jbpf.map;

import io.jbpf.error.SystemCallException;
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
        return map.lookup(scratch) ? Optional.of(decode(scratch)) : Optional.empty();
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
     * Copies what is in the map now. Entries that come or go meanwhile may or may not be in it; one that stays is.
     *
     * @return for each key the values of all possible CPUs
     */
    public Map<K, List<V>> entries() {
        Map<K, List<V>> entries = new LinkedHashMap<>();
        KeyCursor cursor = new KeyCursor(map);
        while (cursor.advance()) {
            K key = keys.decode(cursor.key());
            lookup(key).ifPresent(all -> entries.put(key, all));
        }
        return entries;
    }

    private List<V> decode(Scratch scratch) {
        ByteBuffer all = scratch.value(map.valueBytes());
        List<V> decoded = new ArrayList<>();
        for (int start = 0; start < map.valueBytes(); start += map.perCpuStride()) {
            decoded.add(values.decode(all.position(start)));
        }
        return Collections.unmodifiableList(decoded);
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
