package io.jbpf.event;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapType;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.MappedRegion;

/**
 * Reads a ring buffer that programs write to: {@code BPF_MAP_TYPE_RINGBUF}, Linux 5.8. Records come in the order in which
 * they were reserved, from whichever CPU, each once and whole; those that a program discarded are not shown. A record
 * that is reserved and not yet submitted holds back those behind it.
 *
 * <pre>{@code
 * RecordHandler show = (data, offset, length) -> show(data.getInt(offset), data.getLong(offset + 8));
 * try (RingBuffer events = RingBuffer.open(object.map("events"), show)) {
 *     while (running) {
 *         events.poll(Duration.ofMillis(200));
 *     }
 * }
 * }</pre>
 *
 * <p>The kernel wakes a reader that has read everything when the next record is submitted, unless the program said {@code
 * BPF_RB_NO_WAKEUP}; such records are seen by the next call, or when the wait ends.
 *
 * <p><b>Drops.</b> When the ring is full, {@code bpf_ringbuf_reserve} answers NULL and {@code bpf_ringbuf_output} -EAGAIN,
 * and nobody counts it. The program should:
 *
 * <pre>{@code
 * struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
 * if (!event) {
 *     __sync_fetch_and_add(&dropped, 1);   // __u64 dropped; read with object.variable("dropped").get()
 *     return 0;
 * }
 * }</pre>
 *
 * <p>A map has one reader: two of them, in one process or in two, take each other's records. Needs no capability beyond
 * the map. Three descriptors, and as much address space as twice the ring; at most 512 MiB of ring.
 */
public final class RingBuffer extends EventSource {
    /** {@code BPF_F_RB_OVERWRITE} (Linux 6.19): programs overwrite what is not read. */
    private static final int OVERWRITE = 1 << 19;

    private final Fd fd;
    private final MappedRegion consumerPage;
    private final MappedRegion producerPages;
    private final KernelRing ring;

    private RingBuffer(
            Fd fd,
            Epoll epoll,
            MappedRegion consumerPage,
            MappedRegion producerPages,
            int size,
            RecordHandler handler) {
        super("the ring buffer of " + fd.what(), epoll);
        this.fd = fd;
        this.consumerPage = consumerPage;
        this.producerPages = producerPages;
        this.ring = new KernelRing(
                "the ring buffer of " + fd.what(),
                consumerPage.memory(),
                producerPages.memory(),
                MappedMemory.PAGE_SIZE,
                size,
                handler);
    }

    /**
     * Opens the ring buffer of a map, which may be closed afterwards.
     *
     * @param map of type {@code RINGBUF}
     * @param handler takes the records
     * @throws IllegalArgumentException if the map is of another type, or larger than 512 MiB
     * @throws UnsupportedFeatureException if programs overwrite it ({@code BPF_F_RB_OVERWRITE})
     * @throws SystemCallException EMFILE or ENOMEM if the process has no descriptors or no address space left
     */
    public static RingBuffer open(BpfMap map, RecordHandler handler) {
        int size = RingMap.size(map, MapType.RINGBUF);
        if ((map.info().flags() & OVERWRITE) != 0) {
            throw new UnsupportedFeatureException(
                    "reading " + map.fd().what() + " with BPF_F_RB_OVERWRITE: records change while they are read",
                    "",
                    null);
        }
        return open(map.fd().duplicate(), size, handler);
    }

    private static RingBuffer open(Fd fd, int size, RecordHandler handler) {
        try (Opening opening = new Opening()) {
            opening.add(fd::close);
            Epoll epoll = Epoll.open(fd.calls(), "events of " + fd.what());
            opening.add(epoll::close);
            MappedRegion consumer = RingMap.map(fd, 0, MappedMemory.PAGE_SIZE, true);
            opening.add(consumer::close);
            MappedRegion producer = RingMap.map(fd, MappedMemory.PAGE_SIZE, RingMap.producerLength(size), false);
            opening.add(producer::close);
            epoll.add(fd, Epoll.EPOLLIN);
            RingBuffer opened = new RingBuffer(fd, epoll, consumer, producer, size, handler);
            opening.done();
            return opened;
        }
    }

    /** {@return the bytes that the ring has room for, headers of 8 bytes and padding to 8 included} */
    public int size() {
        return ring.size();
    }

    /**
     * {@return the bytes between the two positions: records that are not read, or not submitted, with their headers; 0
     * once it is closed} Another thread may ask while one reads; the position moves in steps then.
     */
    public long pending() {
        long consumer = ring.consumerPosition();
        return Math.max(0, ring.producerPosition() - consumer);
    }

    /** {@return up to where it is read, in bytes since the map was made; 0 once it is closed} */
    public long consumerPosition() {
        return ring.consumerPosition();
    }

    /** {@return up to where programs have reserved, in bytes since the map was made; 0 once it is closed} */
    public long producerPosition() {
        return ring.producerPosition();
    }

    @Override
    int drain() {
        return ring.drain(gate());
    }

    @Override
    void release() {
        consumerPage.close();
        producerPages.close();
        fd.close();
    }
}
