package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedRegion;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An AF_XDP socket (linux/if_xdp.h) that receives one frame, copied by the kernel. */
final class XdpSocket implements AutoCloseable {
    private static final int AF_XDP = 44;
    private static final int SOCK_RAW = 3;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_RX_RING = 2;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final int XDP_COPY = 2;
    private static final long XDP_UMEM_PGOFF_FILL_RING = 0x1_0000_0000L;
    private static final int CHUNK = 2048;
    private static final int CHUNKS = 8;
    private static final int LARGEST_PAGE = 65536;
    private static final int RING_BYTES = 4096;
    private static final SystemCalls CALLS = SystemCalls.host();

    private final Fd fd;
    private final ByteBuffer frames;
    private final ByteBuffer ring;
    private final int producer;
    private final int descriptors;

    private XdpSocket(Fd fd, ByteBuffer frames) {
        this.fd = fd;
        this.frames = frames;
        int number = descriptor();
        // struct xdp_umem_reg of Linux 4.18: where, how much, in chunks of what size, with what before each
        NativeMemory area = NativeMemory.allocate(24);
        area.buffer()
                .putLong(0, NativeMemory.addressOf(frames))
                .putLong(8, CHUNK * CHUNKS)
                .putInt(16, CHUNK);
        set(number, XDP_UMEM_REG, area);
        NativeMemory entries = NativeMemory.allocate(4);
        entries.buffer().putInt(0, CHUNKS);
        set(number, XDP_UMEM_FILL_RING, entries);
        set(number, XDP_UMEM_COMPLETION_RING, entries);
        set(number, XDP_RX_RING, entries);
        // struct xdp_mmap_offsets: rx, tx, fill, completion; each: producer, consumer, descriptors, flags
        NativeMemory offsets = NativeMemory.allocate(128);
        NativeMemory length = NativeMemory.allocate(4);
        length.buffer().putInt(0, offsets.size());
        assertThat(CALLS.getsockopt(number, SOL_XDP, XDP_MMAP_OFFSETS, offsets.address(), length.address()))
                .isZero();
        this.ring = MappedRegion.map(CALLS, number, 0, RING_BYTES, true, "the ring of received frames")
                .memory();
        this.producer = (int) offsets.buffer().getLong(0);
        this.descriptors = (int) offsets.buffer().getLong(16);
        ByteBuffer fill = MappedRegion.map(
                        CALLS, number, XDP_UMEM_PGOFF_FILL_RING, RING_BYTES, true, "the ring of free chunks")
                .memory();
        for (int i = 0; i < CHUNKS; i++) {
            fill.putLong((int) offsets.buffer().getLong(64 + 16) + i * Long.BYTES, (long) i * CHUNK);
        }
        fill.putInt((int) offsets.buffer().getLong(64), CHUNKS);
    }

    private static void set(int number, int option, NativeMemory value) {
        assertThat(CALLS.setsockopt(number, SOL_XDP, option, value.address(), value.size()))
                .as("option " + option)
                .isZero();
    }

    /** A socket for a queue of an interface of the calling thread's network namespace. */
    static XdpSocket bind(int interfaceIndex, int queue) {
        Fd fd = Fd.own(CALLS, CALLS.socket(AF_XDP, SOCK_RAW, 0), "an AF_XDP socket");
        try {
            XdpSocket socket = new XdpSocket(
                    fd, ByteBuffer.allocateDirect(2 * LARGEST_PAGE).alignedSlice(LARGEST_PAGE));
            // struct sockaddr_xdp
            NativeMemory address = NativeMemory.allocate(16);
            address.buffer()
                    .putShort(0, (short) AF_XDP)
                    .putShort(2, (short) XDP_COPY)
                    .putInt(4, interfaceIndex)
                    .putInt(8, queue);
            assertThat(CALLS.bind(socket.descriptor(), address.address(), address.size()))
                    .isZero();
            return socket;
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    int descriptor() {
        int number = fd.acquire();
        fd.release();
        return number;
    }

    /** The first frame received, if there is one. */
    Optional<byte[]> received() {
        if (ring.getInt(producer) == 0) {
            return Optional.empty();
        }
        // struct xdp_desc: address, length, options
        byte[] frame = new byte[ring.getInt(descriptors + 8)];
        frames.get((int) ring.getLong(descriptors), frame);
        return Optional.of(frame);
    }

    @Override
    public void close() {
        fd.close();
    }
}
