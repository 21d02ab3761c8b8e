package io.jbpf.controller.election;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long leadership is held, and the watchdog that tells of its end. {@link #isHeld()} needs the clock alone: neither the
 * watchdog nor any other thread has to run for it to become false.
 */
final class HeldTime implements Leadership, AutoCloseable {
    /** One time of leading without interruption. */
    private record Term(long until) {}

    private final LongSupplier nanoTime;
    private final ElectionListener listener;
    private final ExecutorService telling = Executors.newSingleThreadExecutor(task -> daemon(task, "election-events"));
    private volatile @Nullable Term term;
    private volatile int begun;
    private boolean closed;

    HeldTime(LongSupplier nanoTime, ElectionListener listener) {
        this.nanoTime = nanoTime;
        this.listener = listener;
        daemon(this::watch, "election-watchdog").start();
    }

    static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public boolean isHeld() {
        return nanosLeft() > 0;
    }

    /** For how long it is held, if nothing more is heard; nothing or less if it is not. */
    long nanosLeft() {
        Term now = term;
        return now == null ? 0 : now.until - nanoTime.getAsLong();
    }

    /** How many terms began. */
    int begun() {
        return begun;
    }

    /**
     * The record says us until then. A term that had run out is ended before another begins, so that whoever was told of
     * the first is told of its end.
     */
    synchronized void extend(long until) {
        if (term != null && !isHeld()) {
            end("it was not renewed in time");
        }
        if (closed || until - nanoTime.getAsLong() <= 0) {
            return;
        }
        boolean begins = term == null;
        term = new Term(until);
        if (begins) {
            begun++;
            tell(listener::began);
            // Who watches the end of a term that only got longer finds out by itself.
            notifyAll();
        }
    }

    /** Ends the term, if there is one. */
    synchronized void end(String why) {
        if (term != null) {
            term = null;
            tell(() -> listener.ended(why));
        }
    }

    synchronized void tell(Runnable news) {
        if (!telling.isShutdown()) {
            telling.execute(news);
        }
    }

    private synchronized void watch() {
        try {
            while (!closed) {
                Term now = term;
                if (now == null) {
                    wait();
                } else if (isHeld()) {
                    wait((now.until - nanoTime.getAsLong()) / 1_000_000 + 1);
                } else {
                    end("it was not renewed in time");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        end("it was given up");
        closed = true;
        telling.shutdown();
        notifyAll();
    }
}
