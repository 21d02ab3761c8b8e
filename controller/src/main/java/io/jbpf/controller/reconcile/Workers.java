package io.jbpf.controller.reconcile;

import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.metrics.WorkMetrics;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.WorkSettings;
import io.jbpf.controller.text.ApiFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that take keys from a queue and have them reconciled while this process leads. While it does not, keys are dropped:
 * whoever begins to lead looks at everything anyway.
 *
 * <p>One that takes too long is interrupted. A thread that does not heed that is replaced, as often as there are threads;
 * its key stays with it, so that no two work on one.
 */
public final class Workers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long CLOSE_MILLIS = 10_000;

    private final String name;
    private final WorkQueue<ObjectKey> queue;
    private final Reconciler<ObjectKey> reconciler;
    private final Leadership leadership;
    private final WorkSettings settings;
    private final WorkMetrics metrics;
    private final Loops loops;
    private final Backoff<ObjectKey> backoff;
    private final Map<ObjectKey, String> said = new ConcurrentHashMap<>();
    private final Map<Worker<ObjectKey>, Thread> threads = new ConcurrentHashMap<>();
    private final List<Thread> all = new CopyOnWriteArrayList<>();
    private final AtomicInteger replaced = new AtomicInteger();
    private volatile int count;

    /**
     * Workers that do not work yet.
     *
     * @param name what they work on, for the threads' names, the log and the label {@code resource_type}
     * @param queue where keys come from
     * @param reconciler what to do with them
     * @param leadership whether to do anything
     * @param settings how long it may take, and how often it is tried again
     * @param metrics told of everything
     * @param loops where each thread is a loop
     */
    public Workers(
            String name,
            WorkQueue<ObjectKey> queue,
            Reconciler<ObjectKey> reconciler,
            Leadership leadership,
            WorkSettings settings,
            WorkMetrics metrics,
            Loops loops) {
        this.name = name;
        this.queue = queue;
        this.reconciler = reconciler;
        this.leadership = leadership;
        this.settings = settings;
        this.metrics = metrics;
        this.loops = loops;
        this.backoff = new Backoff<>(
                settings.maxRetries(), () -> ThreadLocalRandom.current().nextLong());
        metrics.queue(name, queue::depth);
    }

    /**
     * Begins to work.
     *
     * @param number how many threads
     */
    public void start(int number) {
        count = number;
        for (int i = 0; i < number; i++) {
            startThread(name + "-" + i);
        }
    }

    private void startThread(String threadName) {
        Worker<ObjectKey> worker = new Worker<>(loops.loop(threadName), System::nanoTime);
        Thread thread = new Thread(() -> work(worker), threadName);
        thread.setDaemon(true);
        all.add(thread);
        thread.start();
        // Not before: a thread that has yet to start would count as one that has ended.
        threads.put(worker, thread);
    }

    /**
     * Whether every thread that should be is at work or waits for it.
     *
     * @return false once one has ended by itself
     */
    public boolean alive() {
        return threads.values().stream().allMatch(Thread::isAlive);
    }

    /** Sees to those that take too long; to be called again and again. */
    public void checkTimes() {
        threads.forEach((worker, thread) -> {
            String at = worker.key().map(ObjectKey::toString).orElse("?");
            switch (worker.look(settings.reconciliationTimeout())) {
                case INTERRUPTED ->
                    LOG.warn(
                            "{} {} takes longer than {} and is interrupted.",
                            name,
                            at,
                            settings.reconciliationTimeout());
                case STUCK -> {
                    int before = replaced.getAndIncrement();
                    LOG.error(
                            "{} {} does not end; {}",
                            name,
                            at,
                            before < count ? "a new thread takes over." : "too many threads are stuck for another.");
                    if (before < count) {
                        threads.remove(worker);
                        startThread(name + "-" + (count + before));
                    }
                }
                case NONE -> {}
            }
        });
    }

    private void work(Worker<ObjectKey> worker) {
        try {
            for (var key = queue.take(); key.isPresent(); key = queue.take()) {
                try {
                    if (leadership.isHeld()) {
                        reconcile(worker, key.get());
                    }
                } finally {
                    queue.done(key.get());
                }
                if (worker.abandoned()) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Whatever a reconciler throws concerns one key; the thread has the others to see to.
    private void reconcile(Worker<ObjectKey> worker, ObjectKey key) {
        worker.begin(key);
        long began = System.nanoTime();
        Optional<Duration> again = Optional.empty();
        Optional<RuntimeException> failure = Optional.empty();
        try {
            again = reconciler.reconcile(key);
        } catch (RuntimeException e) {
            failure = Optional.of(e);
        } finally {
            boolean interrupted = worker.end();
            metrics.reconciled(name, key.namespace(), Duration.ofNanos(System.nanoTime() - began));
            if (interrupted) {
                metrics.failed(name, key.namespace(), FailureType.TIMEOUT.word());
            }
            if (interrupted && failure.isPresent()) {
                later(key, FailureType.TIMEOUT, failure.get());
            } else if (failure.isPresent()) {
                FailureType type = FailureType.of(failure.get());
                metrics.failed(name, key.namespace(), type.word());
                say(key, type, failure.get());
                later(key, type, failure.get());
            }
        }
        if (failure.isEmpty()) {
            backoff.succeeded(key);
            said.remove(key);
            again.ifPresent(pause -> queue.addAfter(key, pause));
        }
    }

    private void later(ObjectKey key, FailureType type, RuntimeException failure) {
        if (type == FailureType.NOT_LEADING) {
            return;
        }
        backoff.failed(key, type, failure)
                .ifPresentOrElse(
                        pause -> queue.addAfter(key, pause),
                        () -> LOG.error(
                                "{} {} was not reconciled in {} retries; the next change or resync will try again.",
                                name,
                                key,
                                settings.maxRetries()));
    }

    /** Tried again and again; said once. */
    private void say(ObjectKey key, FailureType type, RuntimeException failure) {
        if (!type.expected()) {
            LOG.error("{} {} was not reconciled and will be tried again.", name, key, failure);
            return;
        }
        if (type == FailureType.CONFLICT || type == FailureType.NOT_LEADING) {
            LOG.debug("{} {} was not reconciled: {}", name, key, type.word());
            return;
        }
        // Not the whole message: an unreachable API server is told with another port each time.
        if (!type.word().equals(said.put(key, type.word()))) {
            LOG.warn("{} {} was not reconciled and will be tried again: {}", name, key, ApiFailure.sentence(failure));
        }
    }

    /** Waits until what is being worked on is finished, ten seconds at most. */
    @Override
    public void close() {
        queue.close();
        long end = System.nanoTime() + CLOSE_MILLIS * 1_000_000;
        try {
            for (Thread thread : all) {
                long rest = (end - System.nanoTime()) / 1_000_000;
                thread.join(Math.max(rest, 1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
