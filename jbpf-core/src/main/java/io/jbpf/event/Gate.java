package io.jbpf.event;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets one thread in at a time. A close while one is inside takes effect when it leaves: what the gate guards is never
 * taken away under it. Nobody waits here; who closes does not, and who comes second is refused.
 */
final class Gate {
    private static final int EMPTY = 0;
    private static final int INSIDE = 1;
    private static final int CLOSING = 2;
    private static final int CLOSED = 3;

    private final String what;
    private final AtomicInteger state = new AtomicInteger(EMPTY);

    Gate(String what) {
        this.what = what;
    }

    /**
     * Goes in. Pair it with {@link #leave} by {@code try} and {@code finally}.
     *
     * @throws IllegalStateException if it is closed, or somebody is inside, such as the caller itself
     */
    void enter() {
        int found = state.compareAndExchange(EMPTY, INSIDE);
        if (found != EMPTY) {
            throw new IllegalStateException(
                    what + (found == INSIDE ? " is being read already: it has one reader at a time" : " is closed"));
        }
    }

    /** {@return whether it was closed meanwhile, so that it is for the caller to take away what it guards} */
    boolean leave() {
        if (state.compareAndSet(INSIDE, EMPTY)) {
            return false;
        }
        state.set(CLOSED);
        return true;
    }

    /** {@return whether it is for the caller to take away what it guards: it was open, and nobody is inside} */
    boolean close() {
        return state.getAndUpdate(was -> was == EMPTY ? CLOSED : was == INSIDE ? CLOSING : was) == EMPTY;
    }

    /** {@return whether it was closed, be it that somebody is still inside} */
    boolean isClosed() {
        return state.get() >= CLOSING;
    }
}
