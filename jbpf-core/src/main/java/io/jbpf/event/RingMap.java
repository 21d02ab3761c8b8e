package io.jbpf.event;

import io.jbpf.map.BpfMap;
import io.jbpf.object.MapType;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.MappedRegion;

/** What the two kinds of ring buffer map have in common. */
final class RingMap {
    /** The data are mapped twice, and a ByteBuffer ends at 2 GiB. */
    private static final int MAX_SIZE = 1 << 29;

    private RingMap() {}

    /** {@return the bytes of a map of that type} */
    static int size(BpfMap map, MapType type) {
        require(map, type);
        long size = Integer.toUnsignedLong(map.info().maxEntries());
        if (size > MAX_SIZE) {
            throw new IllegalArgumentException(map.fd().what() + " has " + size
                    + " bytes; jbpf reads and writes ring buffers of at most " + MAX_SIZE);
        }
        return (int) size;
    }

    static void require(BpfMap map, MapType type) {
        if (map.info().typeNumber() != type.number()) {
            throw new IllegalArgumentException(map.fd().what() + " is no " + type.kernelName() + " but "
                    + map.type()
                            .map(MapType::kernelName)
                            .orElse("of type " + map.info().typeNumber()));
        }
    }

    /** Maps the page of a position, and what follows it: of the consumer from 0, of the producer from the second page. */
    static MappedRegion map(Fd fd, long offset, int length, boolean writable) {
        int number = fd.acquire();
        try {
            return MappedRegion.map(fd.calls(), number, offset, length, writable, fd.what());
        } finally {
            fd.release();
        }
    }

    /** {@return the bytes of the pages of the producer: its position, and the data twice} */
    static int producerLength(int size) {
        return MappedMemory.PAGE_SIZE + 2 * size;
    }
}
