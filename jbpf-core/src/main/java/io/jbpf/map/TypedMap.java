package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import java.nio.ByteBuffer;
import java.util.Collection;
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

    private final long flags;

    TypedMap(BpfMap map, Codec<K> keys, Codec<V> values) {
        this(map, keys, values, 0);
    }

    private TypedMap(BpfMap map, Codec<K> keys, Codec<V> values, long flags) {
        Views.requireFit(map, keys, values, false);
        this.flags = flags;
        this.map = map;
        this.keys = keys;
        this.values = values;
    }

    /**
     * The same map, with the {@code bpf_spin_lock} in the value held during each lookup and update: neither sees, nor
     * leaves for others to see, half of a value. {@code BPF_F_LOCK}, Linux 5.1. The lock itself is not copied: its bytes
     * read as zero. Not for {@link #take}, {@link #putAll} and {@link #entries}.
     *
     * <p>Without such a lock in the values an operation is refused with EINVAL.
     */
    public TypedMap<K, V> locked() {
        return new TypedMap<>(map, keys, values, BpfMap.LOCKED);
    }

    /** {@return the value of a key, or nothing if there is none} */
    public Optional<V> lookup(K key) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch, flags) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
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
        return map.update(scratch, mode, flags);
    }

    /** Removes a key; answers whether it was there. */
    public boolean delete(K key) {
        return map.delete(scratch(key));
    }

    /**
     * Takes a key and its value out of the map, with no moment between reading and removing. Hash tables: Linux 5.14.
     *
     * @return its value, or nothing if it had none
     * @throws UnsupportedFeatureException if the kernel cannot do so with maps of this type
     */
    public Optional<V> take(K key) {
        Scratch scratch = scratch(key);
        return map.take(scratch) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
    }

    /**
     * Sets many, in batches where the kernel can (Linux 5.6). A failure leaves those before it in the map.
     *
     * @throws SystemCallException E2BIG if a hash is full
     */
    public void putAll(Map<? extends K, ? extends V> entries) {
        BatchWriter writer = BatchWriter.updating(map, entries.size());
        entries.forEach((key, value) -> {
            keys.encode(key, writer.key());
            values.encode(value, writer.value());
            writer.add();
        });
        writer.finish();
    }

    /** Removes many, in batches where the kernel can (Linux 5.6); answers how many there were. */
    public long deleteAll(Collection<? extends K> all) {
        BatchWriter writer = BatchWriter.deleting(map, all.size());
        for (K key : all) {
            keys.encode(key, writer.key());
            writer.add();
        }
        return writer.finish();
    }

    /**
     * Copies what is in the map now. Entries that come or go meanwhile may or may not be in it; one that stays is, as
     * {@link EntryCursor} says.
     *
     * @return the entries in the kernel's order
     */
    public Map<K, V> entries() {
        return collect(map.entries());
    }

    /**
     * Takes everything out of the map, as {@link BpfMap#drain} does.
     *
     * @return what was in it
     * @throws SystemCallException if elements cannot be removed: those of arrays
     */
    public Map<K, V> drain() {
        return collect(map.drain());
    }

    private Map<K, V> collect(EntryCursor cursor) {
        Map<K, V> entries = new LinkedHashMap<>();
        while (cursor.advance()) {
            entries.put(keys.decode(slice(cursor.key())), values.decode(slice(cursor.value())));
        }
        return entries;
    }

    private static ByteBuffer slice(ByteBuffer buffer) {
        return buffer.slice().order(buffer.order());
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
