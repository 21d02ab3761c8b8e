package io.jbpf.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The wish that a command end, from ctrl-C, SIGTERM or a closed terminal. A command that attaches something heeds it:
 * it {@linkplain #heed says so} before it begins and then {@linkplain #await waits} with it, and the virtual machine is
 * kept alive until the command has cleaned up. Others end at once.
 */
public final class StopSignal {
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile boolean heeded;

    /** Promises to end soon after the wish comes: from now on a signal does not end the program by itself. */
    public void heed() {
        heeded = true;
    }

    /** {@return whether a command has promised to end by itself} */
    boolean isHeeded() {
        return heeded;
    }

    /** Asks for the end. */
    public void ask() {
        asked.countDown();
    }

    /**
     * Waits.
     *
     * @param longest for how long
     * @return whether the end is wished for, be it now or before
     */
    public boolean await(Duration longest) {
        try {
            return asked.await(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
