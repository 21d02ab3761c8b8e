package io.jbpf.controller.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The page {@code /metrics}, rendered when something changed and not when somebody asks: a scrape, or a probe that is
 * pointed at the page, costs the writing of bytes that are there, however little processor time there is.
 *
 * <p>The page is of parts, each rendered, and compressed, by itself: what the pods have counted is most of it and changes when
 * it is read, the rest is small and changes all the time. Rendering takes a twentieth of one processor at most: after a part
 * that took long the next waits longer.
 */
public final class PreparedMetrics implements HttpHandler {
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int SHARE = 20;

    /** Rests no longer, however long a rendering took: what stops a process takes no processor time. */
    private static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final int NO_BODY = -1;
    private static final int BUFFER_BYTES = 4096;

    /** What is asked when it is rendered, as who leads and what waits, advances no revision. */
    private static final long OLDEST_NANOS = TimeUnit.SECONDS.toNanos(5);

    /**
     * A part of the page.
     *
     * @param registries its metrics, rendered one registry after the other
     * @param revision what tells that they have changed
     * @param tellsAll whether that tells of every change
     * @param epoch a number that changes when what was rendered must not be shown any more; none while nothing must be
     */
    public record Source(
            List<PrometheusRegistry> registries, Revision revision, boolean tellsAll, Supplier<OptionalLong> epoch) {
        private static final OptionalLong ONLY = OptionalLong.of(0);

        /** Keeps a copy of the list. */
        public Source {
            registries = List.copyOf(registries);
        }

        /**
         * A part that may always be shown as it was rendered last.
         *
         * @param registry its metrics
         * @param revision what tells that they have changed
         * @param tellsAll whether that tells of every change
         */
        public Source(PrometheusRegistry registry, Revision revision, boolean tellsAll) {
            this(List.of(registry), revision, tellsAll, () -> ONLY);
        }
    }

    /**
     * One rendering, compressed: what nearly every scraper asks for, and of 1,000 pods a thirtieth of the text.
     *
     * @param epoch when it may be shown
     * @param compressed a member of a gzip file, which may have several: RFC 1952, 2.2
     * @param length of the text
     */
    @SuppressWarnings("ArrayRecordComponent") // Compared with nothing.
    private record Rendering(OptionalLong epoch, byte[] compressed, long length) {
        private void writeText(OutputStream to) throws IOException {
            try (InputStream text = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                text.transferTo(to);
            }
        }
    }

    /** Counts what is compressed. */
    private static final class CountedText extends GZIPOutputStream {
        private CountedText(OutputStream to) throws IOException {
            super(to, BUFFER_BYTES);
        }

        private long length() {
            return def.getBytesRead();
        }
    }

    private final class Part {
        private final Source source;
        private long revision;
        private long renderedAt;
        private long notBefore;
        private volatile Rendering rendering;

        private Part(Source source) {
            this.source = source;
            this.revision = source.revision.current();
            this.renderedAt = nanoTime.getAsLong();
            this.notBefore = renderedAt;
            // The epoch is asked for before, so that what is collected in the next one is not taken for this one's.
            this.rendering = render(source.epoch.get(), source.registries, 0);
        }

        /** Asked at each scrape: the rendering may be of before the process was stopped. */
        private Rendering shown() {
            Rendering last = rendering;
            OptionalLong epoch = source.epoch.get();
            return epoch.isPresent() && epoch.equals(last.epoch) ? last : nothing;
        }

        private void refresh() {
            long begin = nanoTime.getAsLong();
            long current = source.revision.current();
            boolean old = !source.tellsAll && begin - renderedAt >= OLDEST_NANOS;
            OptionalLong epoch = source.epoch.get();
            boolean begins = epoch.isPresent() && !epoch.equals(rendering.epoch);
            if (!begins && ((current == revision && !old) || begin - notBefore < 0)) {
                return;
            }
            rendering = render(epoch, source.registries, rendering.compressed.length);
            revision = current;
            renderedAt = begin;
            long end = nanoTime.getAsLong();
            notBefore = end + Math.min(SHARE * (end - begin), LONGEST_REST_NANOS);
        }
    }

    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().build();
    private final LongSupplier nanoTime;
    private final Rendering nothing;
    private final List<Part> parts;

    /**
     * The page as it is now.
     *
     * @param sources its parts, which have no metric in common
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     */
    public PreparedMetrics(List<Source> sources, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.nothing = render(OptionalLong.empty(), List.of(), 0);
        this.parts = sources.stream().map(Part::new).toList();
    }

    /**
     * Renders again what has changed and, if it may have changed unnoticed, what is old. To be called again and again, a few
     * times a second, by one thread.
     */
    public void refresh() {
        parts.forEach(Part::refresh);
    }

    private Rendering render(OptionalLong epoch, List<PrometheusRegistry> registries, int size) {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream(size + BUFFER_BYTES);
        try (CountedText text = new CountedText(buffer)) {
            for (PrometheusRegistry registry : registries) {
                writer.write(text, registry.scrape());
            }
            text.finish();
            return new Rendering(epoch, buffer.toByteArray(), text.length());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
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
            List<Rendering> now = parts.stream().map(Part::shown).toList();
            boolean gzip = wantsGzip(exchange.getRequestHeaders().get("Accept-Encoding"));
            if (gzip) {
                exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            }
            long length = now.stream()
                    .mapToLong(part -> gzip ? part.compressed.length : part.length)
                    .sum();
            if (method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
                exchange.sendResponseHeaders(OK, NO_BODY);
                return;
            }
            exchange.sendResponseHeaders(OK, length);
            OutputStream body = exchange.getResponseBody();
            for (Rendering part : now) {
                if (gzip) {
                    body.write(part.compressed);
                } else {
                    part.writeText(body);
                }
            }
        }
    }

    private static boolean wantsGzip(@Nullable List<String> acceptEncoding) {
        return acceptEncoding != null && acceptEncoding.stream().anyMatch(value -> value.contains("gzip"));
    }
}
