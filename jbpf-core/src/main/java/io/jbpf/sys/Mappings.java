package io.jbpf.sys;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts the mappings that wait for the collector, which knows nothing of them. Linux lets a process have 65,530
 * ({@code vm.max_map_count}), and a JVM that gets no more of them dies: so before that many are about, the collector is
 * called, as the JDK does for direct buffers.
 */
final class Mappings {
    private static final int MANY = 1 << 14;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final AtomicInteger LIVE = new AtomicInteger();

    /** What is known to be really in use: the collector has not found less. */
    private static final AtomicInteger USED = new AtomicInteger();

    private Mappings() {}

    /** To be called before one is made. */
    static void add() {
        if (LIVE.incrementAndGet() - USED.get() > MANY) {
            collect();
        }
    }

    /** One is unmapped, or was not made after all. */
    static void remove() {
        LIVE.decrementAndGet();
    }

    private static synchronized void collect() {
        if (LIVE.get() - USED.get() <= MANY) {
            return; // another thread has done so
        }
        System.gc();
        long end = System.nanoTime() + PATIENCE.toNanos();
        int before = LIVE.get();
        while (LIVE.get() > before / 2 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        USED.set(LIVE.get());
    }
}
