package io.jbpf.controller.failover;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pods' counters as a scraper sees them over whichever replica exports them: none may ever go back. */
final class Counters implements AutoCloseable {
    private static final Pattern SERIES = Pattern.compile(
            "(?m)^(podconfigmap_controller_ebpf_(?:l4_firewall|pod_syscalls|syscall_count)_total\\{.*}) (\\S+)$");
    private static final long EVERY_NANOS = 100_000_000;

    private final List<ReplicaProcess> replicas = new CopyOnWriteArrayList<>();
    private final Map<String, Reading> last = new HashMap<>();
    private final List<String> wentBack = new ArrayList<>();
    private final Anew anew;
    private volatile boolean closed;

    private record Reading(double value, long at) {}

    /** What may go back. */
    interface Anew {
        /** {@return whether a series may be lower than what was read at a time, by {@link System#nanoTime}} */
        boolean mayBegin(String series, long readAt);
    }

    Counters() {
        this((series, readAt) -> false);
    }

    /** Some series may go back: those whose pod, or what is counted of it, has begun anew. */
    Counters(Anew anew) {
        this.anew = anew;
        Thread thread = new Thread(this::scrape, "counters");
        thread.setDaemon(true);
        thread.start();
    }

    void add(ReplicaProcess replica) {
        replicas.add(replica);
    }

    void remove(ReplicaProcess replica) {
        replicas.remove(replica);
    }

    private void scrape() {
        while (!closed) {
            for (ReplicaProcess replica : replicas) {
                replica.get("/metrics").ifPresent(this::read);
            }
            LockSupport.parkNanos(EVERY_NANOS);
        }
    }

    private synchronized void read(String page) {
        Matcher series = SERIES.matcher(page);
        while (series.find()) {
            double now = Double.parseDouble(series.group(2));
            Reading before = last.put(series.group(1), new Reading(now, System.nanoTime()));
            if (before != null && now < before.value && !anew.mayBegin(series.group(1), before.at)) {
                wentBack.add(series.group(1) + " went from " + before.value + " to " + now);
            }
        }
    }

    /** {@return each time that a counter was lower than before} */
    synchronized List<String> wentBack() {
        return List.copyOf(wentBack);
    }

    /** {@return the last value of the first series that has that in its name and labels} */
    synchronized Optional<Double> value(String part) {
        return last.entrySet().stream()
                .filter(series -> series.getKey().contains(part))
                .map(series -> series.getValue().value)
                .findFirst();
    }

    @Override
    public void close() {
        closed = true;
    }
}
