package io.jbpf.event;

import io.jbpf.error.SystemCallException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where events come from. They are delivered to its handler on the thread that calls {@link #poll} or {@link #consume};
 * nothing runs by itself.
 *
 * <p>One thread reads at a time; another one that tries, or a handler that reads its own source, gets an
 * {@link IllegalStateException}. {@link #wakeUp} and {@link #close} are for any thread at any time, handlers included. What
 * a handler throws comes out of {@code poll} or {@code consume}; that event counts as read, and the next call goes on
 * behind it.
 */
public abstract sealed class EventSource implements AutoCloseable
        permits RingBuffer, PerfBuffer, TracePipe, EventGroup {
    private final String what;
    private final Gate gate;
    private final Epoll epoll;
    private final AtomicBoolean woken = new AtomicBoolean();

    EventSource(String what, Epoll epoll) {
        this.what = what;
        this.gate = new Gate(what);
        this.epoll = epoll;
    }

    /** Delivers what is there, at most as much as there is room for, and answers how many events; keeps the position. */
    abstract int drain();

    /** Gives back all but the epoll; called once, with nobody inside. */
    abstract void release();

    /** After how long it wants to be drained again, news or not. */
    long longestWaitNanos() {
        return Long.MAX_VALUE;
    }

    final Gate gate() {
        return gate;
    }

    final Epoll epoll() {
        return epoll;
    }

    /**
     * Delivers what is there, without waiting.
     *
     * @return how many events were delivered; at most as many as the buffer holds, so that a busy program cannot keep the
     *     caller for ever
     * @throws IllegalStateException if it is closed, or being read already
     */
    public final int consume() {
        gate.enter();
        try {
            return drain();
        } finally {
            leave();
        }
    }

    /**
     * Delivers what is there; if there is nothing, waits for the first event, a {@link #wakeUp}, a close or the deadline.
     * Not ended by {@link Thread#interrupt}.
     *
     * @param timeout how long to wait at most, rounded up to milliseconds; not at all if it is zero or negative
     * @return how many events were delivered, as with {@link #consume}; 0 if the wait ended without any
     * @throws IllegalStateException if it is closed already, or being read
     * @throws SystemCallException if the kernel refuses to wait
     */
    public final int poll(Duration timeout) {
        Deadline deadline = Deadline.after(timeout);
        gate.enter();
        try {
            while (true) {
                int events = drain();
                if (events > 0 || woken.getAndSet(false) || gate.isClosed() || deadline.isPast()) {
                    return events;
                }
                if (!epoll.await(deadline.orIn(longestWaitNanos())) && deadline.isPast()) {
                    // Events that were submitted with BPF_RB_NO_WAKEUP call nobody.
                    return drain();
                }
            }
        } finally {
            leave();
        }
    }

    private void leave() {
        if (gate.leave()) {
            releaseAll();
        }
    }

    /** Ends the {@link #poll} that waits, or if none does, the wait of the next one. */
    public final void wakeUp() {
        woken.set(true);
        epoll.wakeUp();
    }

    /** {@return whether it has been closed} */
    public final boolean isClosed() {
        return gate.isClosed();
    }

    /**
     * Ends a wait that is under way and gives everything back; a handler that is running on another thread finishes its
     * event first. The map is left as it is. Closing again does nothing.
     */
    @Override
    public final void close() {
        if (gate.close()) {
            releaseAll();
        } else {
            epoll.wakeUp();
        }
    }

    private void releaseAll() {
        try {
            release();
        } finally {
            epoll.close();
        }
    }

    @Override
    public final String toString() {
        return what + (isClosed() ? " (closed)" : "");
    }
}
