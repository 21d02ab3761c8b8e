package io.jbpf.controller.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The page {@code /metrics}, rendered when something changed and not when somebody asks: a scrape, or a probe that is
 * pointed at the page, costs the writing of bytes that are there, however little processor time there is.
 *
 * <p>Rendering takes a twentieth of one processor at most: after a page that took long the next one waits longer.
 */
public final class PreparedMetrics implements HttpHandler {
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int SHARE = 20;
    private static final int NO_BODY = -1;

    /** What is asked when the page is rendered, as who leads and what waits, advances no revision. */
    private static final long OLDEST_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** One rendering, as it is and, once somebody wants that, compressed. */
    private static final class Page {
        private final byte[] plain;
        private byte @Nullable [] compressed;

        private Page(byte[] plain) {
            this.plain = plain;
        }

        private synchronized byte[] compressed() {
            byte[] bytes = compressed;
            if (bytes == null) {
                ByteArrayOutputStream buffer = new ByteArrayOutputStream(plain.length / SHARE + 1);
                try (GZIPOutputStream gzip = new GZIPOutputStream(buffer)) {
                    gzip.write(plain);
                } catch (IOException e) {
                    throw new UncheckedIOException("writing to memory cannot fail", e);
                }
                bytes = buffer.toByteArray();
                compressed = bytes;
            }
            return bytes;
        }
    }

    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().build();
    private final PrometheusRegistry registry;
    private final Revision revision;
    private final LongSupplier nanoTime;
    private long rendered;
    private long renderedAt;
    private long notBefore;
    private volatile Page page;

    /**
     * The page as it is now.
     *
     * @param registry the metrics
     * @param revision what tells that they have changed
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     */
    public PreparedMetrics(PrometheusRegistry registry, Revision revision, LongSupplier nanoTime) {
        this.registry = registry;
        this.revision = revision;
        this.nanoTime = nanoTime;
        this.rendered = revision.current();
        this.renderedAt = nanoTime.getAsLong();
        this.notBefore = renderedAt;
        this.page = new Page(render());
    }

    /** Renders the page again if something has changed or it is old. To be called again and again, a few times a second, by one thread. */
    public void refresh() {
        long begin = nanoTime.getAsLong();
        long current = revision.current();
        boolean old = begin - renderedAt >= OLDEST_NANOS;
        if ((current == rendered && !old) || begin - notBefore < 0) {
            return;
        }
        page = new Page(render());
        rendered = current;
        renderedAt = begin;
        long end = nanoTime.getAsLong();
        notBefore = end + SHARE * (end - begin);
    }

    private byte[] render() {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        try {
            writer.write(buffer, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return buffer.toByteArray();
    }

    /** Answers with the last rendering. The text format is what every scraper understands, whatever else it prefers. */
    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, NO_BODY);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", writer.getContentType());
            Page now = page;
            byte[] body = now.plain;
            if (wantsGzip(exchange.getRequestHeaders().get("Accept-Encoding"))) {
                exchange.getResponseHeaders().set("Content-Encoding", "gzip");
                body = now.compressed();
            }
            if (method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
                exchange.sendResponseHeaders(OK, NO_BODY);
                return;
            }
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static boolean wantsGzip(@Nullable List<String> acceptEncoding) {
        return acceptEncoding != null && acceptEncoding.stream().anyMatch(value -> value.contains("gzip"));
    }
}
