package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that take keys from a queue and have them reconciled. A key whose reconciling failed comes back after a pause
 * that doubles each time, up to half a minute, and varies, so that many failures do not come back at once.
 *
 * @param <K> the keys
 */
public final class Workers<K> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int MOST_DOUBLINGS = 10;
    private static final long CLOSE_MILLIS = 10_000;

    private final String name;
    private final WorkQueue<K> queue;
    private final Reconciler<K> reconciler;
    private final Map<K, Integer> failures = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * Workers that do not work yet.
     *
     * @param name what they work on, for the threads' names and the log
     * @param queue where keys come from
     * @param reconciler what to do with them
     */
    public Workers(String name, WorkQueue<K> queue, Reconciler<K> reconciler) {
        this.name = name;
        this.queue = queue;
        this.reconciler = reconciler;
    }

    /**
     * Begins to work.
     *
     * @param count how many threads
     */
    public void start(int count) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(this::work, name + "-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /**
     * Whether every thread that was started is at work or waits for it.
     *
     * @return false once one has ended
     */
    public boolean alive() {
        return threads.stream().allMatch(Thread::isAlive);
    }

    private void work() {
        try {
            for (var key = queue.take(); key.isPresent(); key = queue.take()) {
                try {
                    reconcile(key.get());
                } finally {
                    queue.done(key.get());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Whatever a reconciler throws concerns one key; the thread has the others to see to.
    @SuppressWarnings("CatchAndPrintStackTrace")
    private void reconcile(K key) {
        try {
            reconciler.reconcile(key).ifPresent(pause -> queue.addAfter(key, pause));
            failures.remove(key);
        } catch (KubernetesClientException e) {
            LOG.warn("{} {} was not reconciled and will be tried again: {}", name, key, e.getMessage());
            tryAgain(key);
        } catch (RuntimeException e) {
            LOG.error("{} {} was not reconciled and will be tried again.", name, key, e);
            tryAgain(key);
        }
    }

    private void tryAgain(K key) {
        int doublings = Math.min(failures.merge(key, 1, Integer::sum) - 1, MOST_DOUBLINGS);
        long pause = Math.min(FIRST_PAUSE.toMillis() << doublings, LONGEST_PAUSE.toMillis());
        queue.addAfter(
                key, Duration.ofMillis(pause / 2 + ThreadLocalRandom.current().nextLong(pause)));
    }

    /** Waits until what is being worked on is finished, ten seconds at most. */
    @Override
    public void close() {
        queue.close();
        try {
            for (Thread thread : threads) {
                thread.join(CLOSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
