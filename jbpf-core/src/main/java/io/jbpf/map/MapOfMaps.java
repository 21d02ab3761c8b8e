package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Maps in a map: {@code BPF_MAP_TYPE_ARRAY_OF_MAPS} and {@code HASH_OF_MAPS}, Linux 4.12. What is put in must look like
 * the template the map was made with ({@link MapReferences#withInner}); arrays of another length only if the template has
 * {@code BPF_F_INNER_MAP} (5.10). Owns nothing; works while its {@link BpfMap} is open.
 *
 * @param <K> the key: of four bytes for an array, of any size for a hash
 */
public final class MapOfMaps<K> {
    private final BpfMap map;
    private final Codec<K> keys;

    private MapOfMaps(BpfMap map, Codec<K> keys) {
        Views.requireType(map, "map of maps", MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS);
        Views.requireFit(map, keys, Codec.u32(), false);
        this.map = map;
        this.keys = keys;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type, or its keys of another size
     */
    public static <K> MapOfMaps<K> of(BpfMap map, Codec<K> keys) {
        return new MapOfMaps<>(map, keys);
    }

    /**
     * Puts a map in, in place of what was there: programs see the one or the other. When this returns, no program uses
     * the former any more (the kernel waits for them, some milliseconds).
     *
     * @throws SystemCallException EINVAL if it does not look like the template; E2BIG if a hash is full
     */
    public void put(K key, BpfMap inner) {
        Descriptors.with(inner, descriptor -> {
            Scratch scratch = scratch(key);
            scratch.value(Integer.BYTES).putInt(0, descriptor);
            return map.update(scratch, UpdateMode.ANY);
        });
    }

    /** {@return the id of the map a key has, or nothing} */
    public OptionalInt id(K key) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? OptionalInt.of(scratch.value(Integer.BYTES).getInt(0)) : OptionalInt.empty();
    }

    /**
     * Opens the map a key has. Needs CAP_SYS_ADMIN.
     *
     * @return a map of the caller's to close, or nothing if the key has none
     */
    public Optional<BpfMap> open(K key) {
        while (true) {
            OptionalInt id = id(key);
            if (id.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(BpfMap.openById(id.getAsInt()));
            } catch (SystemCallException e) {
                // Replaced and freed between the two calls: the key has another by now, or none.
                if (!e.errno().equals(Errno.ENOENT) || id(key).equals(id)) {
                    throw e;
                }
            }
        }
    }

    /** Removes a key's map; answers whether it had one. */
    public boolean delete(K key) {
        return map.delete(scratch(key));
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
