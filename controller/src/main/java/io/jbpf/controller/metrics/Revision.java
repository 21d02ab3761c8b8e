package io.jbpf.controller.metrics;

import java.util.concurrent.atomic.AtomicLong;

/** Tells whether anything that is exported changed, so that what did not is not rendered again. */
public final class Revision {
    private final AtomicLong number = new AtomicLong();

    /** Says that something has changed. */
    public void advance() {
        number.incrementAndGet();
    }

    long current() {
        return number.get();
    }
}
