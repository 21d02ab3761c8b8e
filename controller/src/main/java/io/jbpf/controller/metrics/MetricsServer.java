package io.jbpf.controller.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Serves {@code /metrics}, {@code /healthz} and {@code /readyz}. */
public final class MetricsServer implements AutoCloseable {
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    /** A slow scraper must not keep the probes waiting. */
    private static final int THREADS = 3;

    private final HttpServer server;
    private final ExecutorService threads;

    private MetricsServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Takes the address. Who connects waits until {@link #serve}.
     *
     * @param address where; port 0 means any that is free
     * @return the server, not serving yet
     * @throws UncheckedIOException if the address cannot be listened on
     */
    public static MetricsServer bind(InetSocketAddress address) {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Metrics cannot be served on " + address + ": " + e.getMessage() + "; set METRICS_ADDR.", e);
        }
        return new MetricsServer(server, Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        }));
    }

    /**
     * Starts serving.
     *
     * @param metrics the page of metrics
     * @param unhealthy why the process should be restarted; empty while it should not
     * @param unready why it cannot do its work yet; empty when it can
     */
    public void serve(HttpHandler metrics, Supplier<Optional<String>> unhealthy, Supplier<Optional<String>> unready) {
        server.setExecutor(threads);
        server.createContext("/metrics", metrics);
        server.createContext("/healthz", exchange -> answer(exchange, unhealthy.get()));
        server.createContext("/readyz", exchange -> answer(exchange, unready.get()));
        server.start();
    }

    /**
     * Where it listens.
     *
     * @return the address, with the port that was chosen
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private static void answer(HttpExchange exchange, Optional<String> trouble) throws IOException {
        try (exchange) {
            byte[] body = (trouble.orElse("ok") + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(trouble.isEmpty() ? OK : UNAVAILABLE, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
