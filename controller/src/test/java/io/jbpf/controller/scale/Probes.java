package io.jbpf.controller.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A kubelet's probes, as the manifests have them, and a scraper. */
final class Probes implements AutoCloseable {
    private static final int LIVENESS_SECONDS = 10;
    private static final int READINESS_SECONDS = 5;

    /** {@code timeoutSeconds}, which the manifests leave at Kubernetes' default. */
    private static final double TIMEOUT_MILLIS = 1000;

    /** What a request that fails is taken to have taken. */
    private static final double FAILED_MILLIS = 10_000;

    private final Requests requests;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3);
    private final List<Double> scrapes = new ArrayList<>();
    private final List<Double> probes = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    Probes(Requests requests) {
        this.requests = requests;
    }

    /** Begins to probe and to scrape. */
    void start(long scrapeMillis) {
        every(TimeUnit.SECONDS.toMillis(LIVENESS_SECONDS), "/healthz", probes, TIMEOUT_MILLIS);
        every(TimeUnit.SECONDS.toMillis(READINESS_SECONDS), "/readyz", probes, TIMEOUT_MILLIS);
        every(scrapeMillis, "/metrics", scrapes, Double.MAX_VALUE);
    }

    private void every(long millis, String path, List<Double> times, double patienceMillis) {
        ScheduledFuture<?> unused = threads.scheduleAtFixedRate(
                () -> {
                    try {
                        Requests.Answer answer = requests.get(path);
                        note(
                                times,
                                answer.millis(),
                                answer.ok() && answer.millis() < patienceMillis,
                                path + " answered " + answer.status() + " in " + Math.round(answer.millis()) + " ms");
                    } catch (IOException e) {
                        note(times, FAILED_MILLIS, false, path + ": " + e.getMessage());
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    private synchronized void note(List<Double> times, double millis, boolean well, String what) {
        times.add(millis);
        if (!well) {
            failures.add(what);
        }
    }

    /** {@return how long each scrape took, in milliseconds} */
    synchronized List<Double> scrapes() {
        return List.copyOf(scrapes);
    }

    /** {@return how long each probe took, in milliseconds} */
    synchronized List<Double> probes() {
        return List.copyOf(probes);
    }

    /** {@return what went wrong} */
    synchronized List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
