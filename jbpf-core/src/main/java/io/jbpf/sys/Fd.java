package io.jbpf.sys;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.util.function.Function;

/**
 * A file descriptor with one owner. Closing twice is harmless, use after close is an error, and a close from another
 * thread waits for the calls under way: the number can never come to mean someone else's descriptor in the middle of a
 * call. What is forgotten is closed by a {@link Cleaner}.
 */
public final class Fd implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final String what;
    private final State state;
    private final Cleaner.Cleanable cleanable;

    private Fd(SystemCalls calls, int number, String what) {
        this.what = what;
        this.state = new State(calls, number);
        this.cleanable = CLEANER.register(this, state);
    }

    /**
     * Takes ownership of a descriptor.
     *
     * @param calls where it was opened and will be closed
     * @param number the descriptor
     * @param what what it stands for, as error messages should name it: {@code map 'events'}
     */
    public static Fd own(SystemCalls calls, int number, String what) {
        return new Fd(calls, number, what);
    }

    /**
     * Another descriptor for the same kernel object, with an owner of its own.
     *
     * @throws IllegalStateException if this one is closed
     * @throws SystemCallException if the process has no descriptors left
     */
    public Fd duplicate() {
        int mine = acquire();
        try {
            int copy = state.calls.duplicate(mine);
            if (copy < 0) {
                throw new SystemCallException("duplicate the descriptor of " + what, "fcntl", new Errno(-copy));
            }
            return own(state.calls, copy, what);
        } finally {
            release();
        }
    }

    /**
     * Does what a new owner does first, such as asking the kernel what it has got; if that fails, the descriptor is closed.
     *
     * @param first what to do
     * @param <T> what comes of it
     */
    public <T> T orClose(Function<? super Fd, ? extends T> first) {
        try {
            return first.apply(this);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** {@return what the descriptor stands for} */
    public String what() {
        return what;
    }

    /** {@return the calls the descriptor was opened with} */
    public SystemCalls calls() {
        return state.calls;
    }

    /**
     * The number, safe from being closed until {@link #release}. Pair the two with {@code try} and {@code finally}.
     *
     * @throws IllegalStateException if it is closed
     */
    public int acquire() {
        if (!state.enter()) {
            throw new IllegalStateException(what + " is closed");
        }
        return state.number;
    }

    /** Ends the use that {@link #acquire} began. */
    public void release() {
        state.leave();
    }

    /** {@return whether it has been closed} */
    public boolean isClosed() {
        return state.isClosed();
    }

    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return what + (isClosed() ? " (closed)" : " (fd " + state.number + ")");
    }

    /** Apart from the owner, so that the cleaner can hold it without keeping the owner alive. */
    private static final class State implements Runnable {
        private static final int CLOSED = 0x8000_0000;
        private static final VarHandle USE;

        static {
            try {
                USE = MethodHandles.lookup().findVarHandle(State.class, "use", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final SystemCalls calls;
        private final int number;

        /** How many calls are under way; the top bit says that no more may begin. */
        @SuppressWarnings("UnusedVariable") // through USE
        private volatile int use;

        State(SystemCalls calls, int number) {
            this.calls = calls;
            this.number = number;
        }

        boolean enter() {
            if (((int) USE.getAndAdd(this, 1) & CLOSED) == 0) {
                return true;
            }
            leave();
            return false;
        }

        void leave() {
            if ((int) USE.getAndAdd(this, -1) == (CLOSED | 1) && claim()) {
                calls.close(number);
            }
        }

        boolean isClosed() {
            return ((int) USE.getVolatile(this) & CLOSED) != 0;
        }

        /** Whoever turns "closed, unused" into this impossible count closes the descriptor, so only one does. */
        private boolean claim() {
            return USE.compareAndSet(this, CLOSED, CLOSED | 0x4000_0000);
        }

        @Override
        public void run() {
            USE.getAndBitwiseOr(this, CLOSED);
            if (claim()) {
                calls.close(number);
            }
        }
    }
}
