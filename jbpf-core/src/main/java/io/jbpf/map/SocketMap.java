package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.OptionalLong;

/**
 * Sockets in a map, put there by their descriptors: {@code BPF_MAP_TYPE_SOCKMAP} (Linux 4.14) and {@code SOCKHASH} (4.18)
 * for redirecting streams and messages, {@code XSKMAP} (AF_XDP sockets by queue; 4.18) and {@code REUSEPORT_SOCKARRAY}
 * (sockets that share a port; 4.19).
 *
 * <p>The kernel takes the socket out when it is closed. The JDK does not tell the descriptor of a Java socket; what is put
 * here was opened by other means (as an inherited descriptor, by a native library, by Netty's native transports). Needs
 * CAP_NET_ADMIN for sockmaps. Owns nothing; works while its {@link BpfMap} is open.
 *
 * @param <K> the key: of four bytes but for a hash
 */
public final class SocketMap<K> {
    private final BpfMap map;
    private final Codec<K> keys;

    private SocketMap(BpfMap map, Codec<K> keys) {
        Views.requireType(
                map, "map of sockets", MapType.SOCKMAP, MapType.SOCKHASH, MapType.XSKMAP, MapType.REUSEPORT_SOCKARRAY);
        Views.requireKey(map, keys);
        this.map = map;
        this.keys = keys;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type, or its keys of another size
     */
    public static <K> SocketMap<K> of(BpfMap map, Codec<K> keys) {
        return new SocketMap<>(map, keys);
    }

    /**
     * Puts a socket in.
     *
     * @param descriptor the number of a descriptor of this process
     * @param mode whether there may, or must, be another of that key; it is replaced
     * @return false if {@code mode} forbade it
     * @throws SystemCallException ENOTSOCK or EOPNOTSUPP if it is no socket that suits: sockmaps take TCP that is connected
     *     or listens, connected UDP and UNIX sockets, reuseport arrays bound sockets with SO_REUSEPORT; on newer kernels
     *     ENOBUFS for an AF_XDP socket that has no ring yet to receive into; E2BIG if there is no such slot
     */
    public boolean put(K key, int descriptor, UpdateMode mode) {
        Scratch scratch = scratch(key);
        if (map.info().valueSize() == Long.BYTES) {
            scratch.value(Long.BYTES).putLong(0, Integer.toUnsignedLong(descriptor));
        } else {
            scratch.value(Integer.BYTES).putInt(0, descriptor);
        }
        return map.update(scratch, mode);
    }

    /**
     * {@return the cookie of a key's socket ({@code SO_COOKIE}), or nothing if it has none}
     *
     * @throws SystemCallException if the kernel does not tell: ENOSPC where values are of four bytes, EOPNOTSUPP for XSKMAP
     *     and for sockmaps of older kernels (5.10 tells)
     */
    public OptionalLong cookie(K key) {
        Scratch scratch = scratch(key);
        return map.lookup(scratch) ? OptionalLong.of(scratch.value(Long.BYTES).getLong(0)) : OptionalLong.empty();
    }

    /** Takes a key's socket out; answers whether it had one. */
    public boolean delete(K key) {
        return map.deleteSocket(scratch(key));
    }

    private Scratch scratch(K key) {
        Scratch scratch = map.scratch();
        keys.encode(key, Views.zeroed(scratch.key(keys.size())));
        return scratch;
    }
}
