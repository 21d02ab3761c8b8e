package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.object.MapType;
import io.jbpf.sys.NativeMemory;
import java.nio.ByteBuffer;

/** Walks a map from key to key, for the kernels and types without batches. */
final class KeyWalk implements EntryCursor.Source {
    private final BpfMap map;
    private final KeyCursor cursor;
    private final NativeMemory value;
    private final boolean draining;

    /** Whether the kernel takes a single element out of maps of this type: until it says no. */
    private boolean takes = true;

    KeyWalk(BpfMap map, boolean draining) {
        this.map = map;
        this.cursor = new KeyCursor(map);
        this.value = NativeMemory.allocate(map.valueBytes());
        this.draining = draining;
    }

    @Override
    public int fetch() {
        while (cursor.advance()) {
            if (draining ? take() : map.lookup(cursor.address(), value.address(), 0)) {
                return 1;
            }
        }
        return 0;
    }

    private boolean take() {
        if (takes) {
            int result = map.tryTake(cursor.address(), value.address());
            if (result == 0 || result == -Errno.ENOENT.number()) {
                return result == 0;
            }
            if (!BpfMap.isMissing(result)) {
                throw map.refused(
                        new Errno(-result), 0, "take an element out of", "bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM)");
            }
            takes = false;
        }
        return map.lookup(cursor.address(), value.address(), 0) && map.delete(cursor.address());
    }

    @Override
    public ByteBuffer keys() {
        return cursor.key();
    }

    @Override
    public int firstKey() {
        return 0;
    }

    @Override
    public int keyStride() {
        return 0;
    }

    @Override
    public ByteBuffer values() {
        return value.buffer();
    }

    @Override
    public int firstValue() {
        return 0;
    }

    @Override
    public int valueStride() {
        return 0;
    }

    @Override
    public boolean isExact() {
        boolean moves = map.type().filter(KeyWalk::isHash).isPresent();
        return !moves && !(draining && !takes);
    }

    private static boolean isHash(MapType type) {
        return switch (type) {
            case HASH, LRU_HASH, PERCPU_HASH, LRU_PERCPU_HASH, HASH_OF_MAPS, SOCKHASH, DEVMAP_HASH -> true;
            default -> false;
        };
    }
}
