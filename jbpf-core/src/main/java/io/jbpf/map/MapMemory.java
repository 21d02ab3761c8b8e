package io.jbpf.map;

import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapType;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import java.lang.ref.WeakReference;
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

    /** The last mappings of an array, so that one who asks again and again gets no new ones: each waits for the collector. */
    private WeakReference<MappedMemory> readable = new WeakReference<>(null);

    private WeakReference<MappedMemory> writable = new WeakReference<>(null);

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

    private MappedMemory mapped(boolean forWriting) {
        if (!isMappable()) {
            throw new UnsupportedFeatureException(
                    "mapping " + fd.what() + ": it was made without BPF_F_MMAPABLE", "5.5", null);
        }
        if (!isArena()) {
            return array(forWriting);
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

    private synchronized MappedMemory array(boolean forWriting) {
        MappedMemory known = (forWriting ? writable : readable).get();
        if (known != null) {
            requireOpen();
            return known;
        }
        long length = (info.valueSize() + 7L & -8) * Integer.toUnsignedLong(info.maxEntries());
        MappedMemory made = mapped(0, length, forWriting);
        if (forWriting) {
            writable = new WeakReference<>(made);
        } else {
            readable = new WeakReference<>(made);
        }
        return made;
    }

    private void requireOpen() {
        int unused = fd.acquire();
        fd.release();
    }

    private MappedMemory mapped(long address, long length, boolean forWriting) {
        int number = fd.acquire();
        try {
            return MappedMemory.of(fd.calls(), number, address, length, forWriting, fd.what());
        } finally {
            fd.release();
        }
    }
}
