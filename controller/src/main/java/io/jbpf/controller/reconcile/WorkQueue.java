package io.jbpf.controller.reconcile;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys that want work. A key waits at most once however often it is added; one that is added while it is worked on comes
 * again after that, so that no change is lost and no key is ever worked on by two at a time.
 *
 * @param <K> the keys
 */
public final class WorkQueue<K> {
    private record Later<T>(T key, long at) {}

    private final LongSupplier nanoTime;
    private final Queue<K> waiting = new ArrayDeque<>();
    private final Set<K> dirty = new HashSet<>();
    private final Set<K> working = new HashSet<>();
    private final PriorityQueue<Later<K>> later;
    private final Map<K, Long> laterAt = new HashMap<>();
    private boolean closed;

    /**
     * An empty queue.
     *
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     */
    public WorkQueue(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        // Differences, not values: the clock may pass the highest long.
        this.later = new PriorityQueue<>(Comparator.comparingLong(entry -> entry.at - nanoTime.getAsLong()));
    }

    /**
     * Asks for work on a key.
     *
     * @param key the key
     */
    public synchronized void add(K key) {
        if (closed || !dirty.add(key)) {
            return;
        }
        if (!working.contains(key)) {
            waiting.add(key);
            notifyAll();
        }
    }

    /**
     * Asks for work on a key after a while. Of several such wishes the earliest holds.
     *
     * @param key the key
     * @param delay how long to wait at most; the key may come earlier for another reason
     */
    public synchronized void addAfter(K key, Duration delay) {
        if (closed) {
            return;
        }
        if (delay.isNegative() || delay.isZero()) {
            add(key);
            return;
        }
        long at = nanoTime.getAsLong() + delay.toNanos();
        Long before = laterAt.get(key);
        if (before != null && before - at <= 0) {
            return;
        }
        laterAt.put(key, at);
        later.add(new Later<>(key, at));
        notifyAll();
    }

    /**
     * Waits for a key to work on. {@link #done} must follow.
     *
     * @return a key, or empty if the queue was closed
     * @throws InterruptedException if the thread is interrupted
     */
    public synchronized Optional<K> take() throws InterruptedException {
        while (true) {
            long next = moveDue();
            if (closed) {
                return Optional.empty();
            }
            @Nullable K key = waiting.poll();
            if (key != null) {
                dirty.remove(key);
                working.add(key);
                return Optional.of(key);
            }
            if (next < 0) {
                wait();
            } else {
                // One millisecond more than whole ones, or the last fraction would be waited for in a spin.
                wait(next / 1_000_000 + 1);
            }
        }
    }

    /** Moves what is due; returns the nanoseconds until the next, or -1 if there is none. */
    private long moveDue() {
        for (Later<K> first = later.peek(); first != null; first = later.peek()) {
            long rest = first.at - nanoTime.getAsLong();
            if (rest > 0) {
                return rest;
            }
            later.remove();
            if (laterAt.remove(first.key, first.at)) {
                add(first.key);
            }
        }
        return -1;
    }

    /**
     * Ends the work on a key.
     *
     * @param key a key that {@link #take} gave
     */
    public synchronized void done(K key) {
        working.remove(key);
        if (dirty.contains(key) && !closed) {
            waiting.add(key);
            notifyAll();
        }
    }

    /**
     * How many keys want work now.
     *
     * @return those that wait, without those for later
     */
    public synchronized int depth() {
        return waiting.size();
    }

    /** Ends the queue: whoever waits gets nothing, and nothing is added any more. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
