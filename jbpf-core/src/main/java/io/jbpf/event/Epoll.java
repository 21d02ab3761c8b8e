package io.jbpf.event;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.EpollEvent;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;

/**
 * Waits until one of some descriptors has news, or somebody calls. Edge-triggered (EPOLLET): only news after the last
 * wait count, so what there is must be looked at before waiting. That spares a reader from spinning on a record that a
 * program has reserved and not yet submitted.
 */
final class Epoll implements AutoCloseable {
    /** There is something to read. */
    static final int EPOLLIN = 1;

    /** There is room to write. */
    static final int EPOLLOUT = 4;

    private static final int EPOLLET = 1 << 31;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int MAX_EVENTS = 8;

    private final String what;
    private final Fd epoll;
    private final Fd call;
    private final NativeMemory events = NativeMemory.allocate(MAX_EVENTS * EpollEvent.LAYOUT.size());
    private final NativeMemory one = NativeMemory.allocate(Long.BYTES);

    private Epoll(String what, Fd epoll, Fd call) {
        this.what = what;
        this.epoll = epoll;
        this.call = call;
        one.buffer().putLong(0, 1);
    }

    static Epoll open(SystemCalls calls, String what) {
        Fd epoll = Fd.own(calls, check(calls.epollCreate(), what, "epoll_create1"), "the wait for " + what);
        try {
            Fd call = Fd.own(calls, check(calls.eventfd(0), what, "eventfd"), "the call to the wait for " + what);
            try {
                Epoll opened = new Epoll(what, epoll, call);
                opened.add(call, EPOLLIN);
                return opened;
            } catch (RuntimeException | Error e) {
                call.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            epoll.close();
            throw e;
        }
    }

    /** Another descriptor to wait for, until it is closed. */
    void add(Fd fd, int news) {
        NativeMemory event = NativeMemory.allocate(EpollEvent.LAYOUT.size()).set(EpollEvent.EVENTS, news | EPOLLET);
        int mine = epoll.acquire();
        try {
            int other = fd.acquire();
            try {
                check(epoll.calls().epollControl(mine, EPOLL_CTL_ADD, other, event.address()), fd.what(), "epoll_ctl");
            } finally {
                fd.release();
            }
        } finally {
            epoll.release();
        }
    }

    /** Another epoll to wait for: news there are news here. */
    void add(Epoll other) {
        add(other.epoll, EPOLLIN);
    }

    /**
     * Waits. One thread at a time.
     *
     * @return whether there may be news; false if the deadline passed without
     */
    boolean await(Deadline deadline) {
        int number = epoll.acquire();
        try {
            return await(number, deadline);
        } finally {
            epoll.release();
        }
    }

    private boolean await(int number, Deadline deadline) {
        // Closing the eventfd would take its news with it, before the thread that they woke has seen them.
        int unused = call.acquire();
        try {
            while (true) {
                int result = epoll.calls().epollWait(number, events.address(), MAX_EVENTS, deadline.remainingMillis());
                if (result != -Errno.EINTR.number() && (result != 0 || deadline.isPast())) {
                    return check(result, what, "epoll_wait") > 0;
                }
            }
        } finally {
            call.release();
        }
    }

    /** Ends the wait that is under way, or else the next one. */
    void wakeUp() {
        int number;
        try {
            number = call.acquire();
        } catch (IllegalStateException closedMeanwhile) {
            return; // and so is nobody waiting
        }
        try {
            // An eventfd that is full (EAGAIN) has news as well.
            int unused = call.calls().write(number, one.address(), Long.BYTES);
        } finally {
            call.release();
        }
    }

    @Override
    public void close() {
        call.close();
        epoll.close();
    }

    private static int check(int result, String what, String call) {
        if (result < 0) {
            throw new SystemCallException("wait for " + what, call, new Errno(-result));
        }
        return result;
    }
}
