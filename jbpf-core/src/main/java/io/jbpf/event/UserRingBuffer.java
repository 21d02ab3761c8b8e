package io.jbpf.event;

import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapType;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.MappedRegion;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes to a ring buffer that a program reads with {@code bpf_user_ringbuf_drain}: {@code BPF_MAP_TYPE_USER_RINGBUF},
 * Linux 6.1. Nothing tells the program that there is something; it reads when it runs.
 *
 * <pre>{@code
 * try (Reservation record = requests.reserve(16, Duration.ofSeconds(1)).orElseThrow()) {
 *     record.data().putLong(id).putLong(limit);
 *     record.submit();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: each fills a record of its own, and the program sees them in the order in which they
 * were reserved. A record that is reserved and neither submitted nor discarded holds back those behind it, for ever if it
 * is forgotten, also when this is closed. Only one object, in one process, may write to a map.
 */
public final class UserRingBuffer implements AutoCloseable {
    private final Fd fd;
    private final Epoll epoll;
    private final MappedRegion consumerPage;
    private final MappedRegion producerPages;
    private final UserRing ring;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ReentrantLock reserving = new ReentrantLock();

    /** Who waits for room, so that only the first in line is called when there is. */
    private final ReentrantLock waiting = new ReentrantLock(true);

    private UserRingBuffer(Fd fd, Epoll epoll, MappedRegion consumerPage, MappedRegion producerPages, int size) {
        this.fd = fd;
        this.epoll = epoll;
        this.consumerPage = consumerPage;
        this.producerPages = producerPages;
        this.ring = new UserRing(consumerPage.memory(), producerPages.memory(), MappedMemory.PAGE_SIZE, size);
    }

    /**
     * Opens the ring buffer of a map, which may be closed afterwards.
     *
     * @param map of type {@code USER_RINGBUF}
     * @throws IllegalArgumentException if the map is of another type, or larger than 512 MiB
     * @throws SystemCallException EMFILE or ENOMEM if the process has no descriptors or no address space left
     */
    public static UserRingBuffer open(BpfMap map) {
        int size = RingMap.size(map, MapType.USER_RINGBUF);
        Fd fd = map.fd().duplicate();
        try (Opening opening = new Opening()) {
            opening.add(fd::close);
            Epoll epoll = Epoll.open(fd.calls(), "room in " + fd.what());
            opening.add(epoll::close);
            MappedRegion consumer = RingMap.map(fd, 0, MappedMemory.PAGE_SIZE, false);
            opening.add(consumer::close);
            MappedRegion producer = RingMap.map(fd, MappedMemory.PAGE_SIZE, RingMap.producerLength(size), true);
            opening.add(producer::close);
            epoll.add(fd, Epoll.EPOLLOUT);
            UserRingBuffer opened = new UserRingBuffer(fd, epoll, consumer, producer, size);
            opening.done();
            return opened;
        }
    }

    /**
     * Reserves a record, if there is room for it now.
     *
     * @param length the bytes of the record; with a header of 8 and padding to 8 it takes at most {@link #size}
     * @return the record to fill; empty if there is no room
     * @throws IllegalArgumentException if the length is negative or can never fit
     * @throws IllegalStateException if this is closed
     */
    public Optional<Reservation> tryReserve(int length) {
        if (length < 0 || UserRing.recordSize(length) > ring.size()) {
            throw new IllegalArgumentException("a record of " + length + " bytes does not fit into " + fd.what()
                    + ", which has " + ring.size() + " with a header of " + KernelRing.HEADER_SIZE + " for each");
        }
        reserving.lock();
        try {
            requireOpen();
            int at = ring.reserve(length);
            return at < 0 ? Optional.empty() : Optional.of(new Reservation(this, at, ring.data(at, length)));
        } finally {
            reserving.unlock();
        }
    }

    /**
     * Reserves a record, and waits for room if there is none. Threads that wait get theirs in turn. Not ended by
     * {@link Thread#interrupt}. The kernel tells of room when a program has drained, unless that said {@code
     * BPF_RB_NO_WAKEUP}; then it is seen at the deadline.
     *
     * @param length the bytes of the record
     * @param timeout how long to wait at most, rounded up to milliseconds; not at all if it is zero or negative
     * @return the record to fill; empty if there was no room until the deadline
     * @throws IllegalArgumentException if the length is negative or can never fit
     * @throws IllegalStateException if this is closed, or gets closed during the wait
     * @throws SystemCallException if the kernel refuses to wait
     */
    public Optional<Reservation> reserve(int length, Duration timeout) {
        Deadline deadline = Deadline.after(timeout);
        Optional<Reservation> reserved = tryReserve(length);
        if (reserved.isPresent() || deadline.isPast() || !lockWaiting(deadline)) {
            return reserved;
        }
        try {
            while (true) {
                reserved = tryReserve(length);
                if (reserved.isPresent()) {
                    return reserved;
                }
                if (!epoll.await(deadline)) {
                    return tryReserve(length);
                }
            }
        } finally {
            waiting.unlock();
        }
    }

    private boolean lockWaiting(Deadline deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return waiting.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    void commit(int at, int length, boolean discard) {
        requireOpen();
        ring.submit(at, length, discard);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the user ring buffer of " + fd.what() + " is closed");
        }
    }

    /** {@return the bytes that the ring has room for, headers of 8 bytes and padding to 8 included} */
    public int size() {
        return ring.size();
    }

    /** {@return the bytes that are reserved or submitted and not read yet, with their headers; 0 once it is closed} */
    public long pending() {
        return ring.pending();
    }

    /** {@return whether it has been closed} */
    public boolean isClosed() {
        return closed.get();
    }

    /**
     * Ends the waits that are under way, with an {@link IllegalStateException} each, and gives everything back. What was
     * submitted stays in the map. Closing again does nothing.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // The first in line finds it closed, and so does each of the next when it gets the lock.
        epoll.wakeUp();
        reserving.lock();
        try {
            consumerPage.close();
            producerPages.close();
        } finally {
            reserving.unlock();
        }
        epoll.close();
        fd.close();
    }

    @Override
    public String toString() {
        return "the user ring buffer of " + fd.what() + (isClosed() ? " (closed)" : "");
    }

    /**
     * A record that is reserved: fill {@link #data}, then {@link #submit} it. For one thread at a time. Closed without, it
     * is discarded.
     */
    public static final class Reservation implements AutoCloseable {
        private final UserRingBuffer owner;
        private final int at;
        private final ByteBuffer data;
        private boolean done;

        private Reservation(UserRingBuffer owner, int at, ByteBuffer data) {
            this.owner = owner;
            this.at = at;
            this.data = data;
        }

        /**
         * {@return the bytes of the record, in native order; what was there before unless it is overwritten} Not to be
         * touched once the record is submitted: the program may be reading it.
         */
        public ByteBuffer data() {
            return data;
        }

        /**
         * Gives the record to the program.
         *
         * @throws IllegalStateException if that is done or discarded already, or the ring is closed
         */
        public void submit() {
            finish(false);
        }

        /**
         * Gives the room back: the program passes over the record.
         *
         * @throws IllegalStateException if it is submitted or discarded already, or the ring is closed
         */
        public void discard() {
            finish(true);
        }

        private void finish(boolean discard) {
            if (done) {
                throw new IllegalStateException(
                        "this record of " + owner.fd.what() + " is submitted or discarded already");
            }
            owner.commit(at, data.capacity(), discard);
            done = true;
        }

        /** Discards the record if it was not submitted. */
        @Override
        public void close() {
            if (!done) {
                done = true;
                // Harmless where the ring is closed: its memory is nobody's then.
                owner.ring.submit(at, data.capacity(), true);
            }
        }
    }
}
