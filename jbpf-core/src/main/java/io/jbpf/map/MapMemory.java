package io.jbpf.map;

import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapType;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What of a map can be mapped into memory: the values of an array, or the pages of an arena. */
final class MapMemory {
    /** {@code BPF_F_MMAPABLE}. */
    private static final int MMAPABLE = 1 << 10;

    private final Fd fd;
    private final MapInfo info;
    /** An arena has one place in a process: the kernel refuses another. */
    private @Nullable MappedMemory arena;

    MapMemory(Fd fd, MapInfo info) {
        this.fd = fd;
        this.info = info;
    }

    boolean isMappable() {
        return (info.flags() & MMAPABLE) != 0;
    }

    ByteBuffer whole(boolean writable) {
        ByteBuffer start = mapped(writable).start();
        return writable ? start : readOnly(start);
    }

    ByteBuffer part(long offset, int size, boolean writable) {
        ByteBuffer part = mapped(writable).part(offset, size);
        return writable ? part : readOnly(part);
    }

    long arenaSize() {
        if (!isArena()) {
            throw new IllegalStateException(fd.what() + " is no arena");
        }
        return Integer.toUnsignedLong(info.maxEntries()) * MappedMemory.PAGE_SIZE;
    }

    private boolean isArena() {
        return info.typeNumber() == MapType.ARENA.number();
    }

    private static ByteBuffer readOnly(ByteBuffer memory) {
        return memory.asReadOnlyBuffer().order(memory.order());
    }

    private MappedMemory mapped(boolean writable) {
        if (!isMappable()) {
            throw new UnsupportedFeatureException(
                    "mapping " + fd.what() + ": it was made without BPF_F_MMAPABLE", "5.5", null);
        }
        if (!isArena()) {
            return mapped(0, (info.valueSize() + 7L & -8) * Integer.toUnsignedLong(info.maxEntries()), writable);
        }
        synchronized (this) {
            MappedMemory known = arena;
            if (known == null) {
                known = mapped(info.mapExtra(), arenaSize(), true);
                arena = known;
            }
            return known;
        }
    }

    private MappedMemory mapped(long address, long length, boolean writable) {
        int number = fd.acquire();
        try {
            return MappedMemory.of(fd.calls(), number, address, length, writable, fd.what());
        } finally {
            fd.release();
        }
    }
}
