package io.jbpf.controller.reconcile;

import io.jbpf.controller.health.Loops;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread of {@link Workers}, and what it is at. A key that takes too long is interrupted, and only that key: the
 * interruption never hits the next one.
 *
 * @param <K> the keys
 */
final class Worker<K> {
    /** What came of a look at the time. */
    enum Lateness {
        /** It is in time, or waits for work. */
        NONE,
        /** It is late and was interrupted just now. */
        INTERRUPTED,
        /** It was interrupted long ago and goes on all the same. */
        STUCK
    }

    private final Loops.Loop loop;
    private final LongSupplier nanoTime;
    private @Nullable K key;
    private long since;
    private boolean interrupted;
    private boolean abandoned;
    private @Nullable Thread thread;

    Worker(Loops.Loop loop, LongSupplier nanoTime) {
        this.loop = loop;
        this.nanoTime = nanoTime;
    }

    /** In the worker's thread: a key is taken up. */
    synchronized void begin(K taken) {
        thread = Thread.currentThread();
        key = taken;
        since = nanoTime.getAsLong();
        interrupted = false;
        loop.begin();
    }

    /** In the worker's thread: it is done with. Returns whether it was interrupted; the thread is so no longer. */
    synchronized boolean end() {
        key = null;
        loop.end();
        if (interrupted) {
            boolean unused = Thread.interrupted();
        }
        return interrupted;
    }

    /** Whether another thread works in this one's place, so that it shall end. */
    synchronized boolean abandoned() {
        return abandoned;
    }

    synchronized Optional<K> key() {
        return Optional.ofNullable(key);
    }

    /** Interrupts what takes longer than the limit; what is still at it after another is given up once. */
    synchronized Lateness look(Duration limit) {
        Thread working = thread;
        if (key == null || working == null) {
            return Lateness.NONE;
        }
        long took = nanoTime.getAsLong() - since;
        if (!interrupted && took > limit.toNanos()) {
            interrupted = true;
            working.interrupt();
            return Lateness.INTERRUPTED;
        }
        if (interrupted && !abandoned && took > 2 * limit.toNanos()) {
            abandoned = true;
            return Lateness.STUCK;
        }
        return Lateness.NONE;
    }
}
