package io.jbpf.map;

import io.jbpf.error.BpfException;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * Walks the keys of a map, in memory of its own, so that the walker may use the map meanwhile. When the key it stands on
 * is deleted, the kernel starts again at the first (hashtab.c: {@code htab_map_get_next_key}); keys already seen are
 * passed over, so each is met at most once, and every key that stays throughout is met.
 */
final class KeyCursor {
    private final BpfMap map;
    private final int keySize;
    private final NativeMemory current;
    private final NativeMemory next;
    private final Set<ByteBuffer> seen = new HashSet<>();
    private final long patience;
    private boolean started;

    KeyCursor(BpfMap map) {
        this.map = map;
        this.keySize = map.info().keySize();
        this.current = NativeMemory.allocate(keySize);
        this.next = NativeMemory.allocate(keySize);
        this.patience = 1000 + 16 * Integer.toUnsignedLong(map.info().maxEntries());
    }

    /**
     * Moves on; answers whether there was a key to move to.
     *
     * @throws BpfException if keys come and go so fast that the walk does not get ahead: no end and no gap, but an error
     */
    boolean advance() {
        long repeated = 0;
        while (map.nextKey(started ? current.address() : 0, next.address())) {
            current.buffer().put(0, next.buffer(), 0, keySize);
            started = true;
            byte[] key = new byte[keySize];
            current.buffer().get(0, key);
            if (seen.add(ByteBuffer.wrap(key))) {
                if (seen.size() > patience) {
                    throw restless();
                }
                return true;
            }
            repeated++;
            if (repeated > patience) {
                throw restless();
            }
        }
        return false;
    }

    private BpfException restless() {
        return new BpfException("cannot list the keys of map '" + map.name()
                + "': keys are deleted faster than they can be listed; read it when less happens, or on a kernel with"
                + " batches for " + map.typeWords());
    }

    /** {@return the address of the key it stands on} */
    long address() {
        return current.address();
    }

    /** {@return the bytes of the key it stands on} */
    ByteBuffer key() {
        return current.buffer().limit(keySize).position(0);
    }
}
