package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the longest prefix that an address has: {@code BPF_MAP_TYPE_LPM_TRIE}, Linux 4.11 (listed from 4.16). It is made
 * with {@code BPF_F_NO_PREALLOC}. Owns nothing; works while its {@link BpfMap} is open.
 *
 * @param <K> the key; {@link LpmPrefix} for addresses
 * @param <V> the value
 */
public final class LpmTrie<K, V> {
    private final TypedMap<K, V> map;

    private LpmTrie(BpfMap map, Codec<K> keys, Codec<V> values) {
        Views.requireType(map, "LPM trie", MapType.LPM_TRIE);
        this.map = map.typed(keys, values);
    }

    /**
     * A view of a map.
     *
     * @param keys {@link LpmPrefix#ipv4()}, {@link LpmPrefix#ipv6()} or another that begins with the prefix length in bits
     * @throws IllegalArgumentException if the map is of another type, or the sizes do not fit
     */
    public static <K, V> LpmTrie<K, V> of(BpfMap map, Codec<K> keys, Codec<V> values) {
        return new LpmTrie<>(map, keys, values);
    }

    /** {@return the value of the longest prefix in the trie that the key begins with, and that is no longer than the key's} */
    public Optional<V> longestMatch(K key) {
        return map.lookup(key);
    }

    /**
     * Sets the value of a prefix, whether or not it has one.
     *
     * @throws SystemCallException ENOSPC if the trie is full
     */
    public void put(K prefix, V value) {
        map.put(prefix, value);
    }

    /** Removes exactly this prefix; answers whether it was there. */
    public boolean delete(K prefix) {
        return map.delete(prefix);
    }

    /** {@return a copy of what is in the trie, longer prefixes before the shorter they are part of} */
    public Map<K, V> entries() {
        return map.entries();
    }
}
