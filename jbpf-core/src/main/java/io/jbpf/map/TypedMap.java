package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A map in Java values: hash, array, LRU and their like. Owns nothing; works while its {@link BpfMap} is open.
 *
 * @param <K> the key
 * @param <V> the value
 */
public final class TypedMap<K, V> {
    private final BpfMap map;
    private final Codec<K> keys;
    private final Codec<V> values;

    TypedMap(BpfMap map, Codec<K> keys, Codec<V> values) {
        Views.requireFit(map, keys, values, false);
        this.map = map;
        this.keys = keys;
        this.values = values;
    }

    /** {@return the value of a key, or nothing if there is none} */
    public Optional<V> lookup(K key) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
    }

    /**
     * Sets the value of a key, whether or not it has one.
     *
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void put(K key, V value) {
        update(key, value, UpdateMode.ANY);
    }

    /**
     * Sets the value of a key.
     *
     * @return false if {@code mode} forbade it
     * @throws SystemCallException E2BIG if a hash is full
     */
    public boolean update(K key, V value, UpdateMode mode) {
        Scratch scratch = scratch(key);
        values.encode(value, Views.zeroed(scratch.value(values.size())));
        return map.update(scratch, mode);
    }

    /** Removes a key; answers whether it was there. */
    public boolean delete(K key) {
        return map.delete(scratch(key));
    }

    /**
     * Copies what is in the map now. Entries that come or go meanwhile may or may not be in it; one that stays is.
     *
     * @return the entries in the kernel's order
     */
    public Map<K, V> entries() {
        Map<K, V> entries = new LinkedHashMap<>();
        KeyCursor cursor = new KeyCursor(map);
        while (cursor.advance()) {
            K key = keys.decode(cursor.key());
            lookup(key).ifPresent(value -> entries.put(key, value));
        }
        return entries;
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
