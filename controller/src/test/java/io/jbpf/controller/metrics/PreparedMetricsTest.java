package io.jbpf.controller.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PreparedMetricsTest {
    private static final GaugeFamily GAUGE = new GaugeFamily("some", "Something.", List.of());
    private static final GaugeFamily LARGE = new GaugeFamily("large", "A large part.", List.of());

    private final AtomicLong time = new AtomicLong();
    private final AtomicLong collected = new AtomicLong();
    private final AtomicLong collectedOfLarge = new AtomicLong();
    private final Revision revision = new Revision();
    private final Revision revisionOfLarge = new Revision();
    private volatile OptionalLong epoch = OptionalLong.of(1);
    private long cost;
    private PreparedMetrics metrics;
    private MetricsServer server;

    @BeforeEach
    void start() {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((MultiCollector) () -> {
            time.addAndGet(cost);
            GaugeFamily.Series series = GAUGE.series();
            series.set((double) collected.incrementAndGet());
            return MetricSnapshots.of(series.build());
        });
        PrometheusRegistry large = new PrometheusRegistry();
        large.register((MultiCollector) () -> {
            GaugeFamily.Series series = LARGE.series();
            series.set((double) collectedOfLarge.incrementAndGet());
            return MetricSnapshots.of(series.build());
        });
        metrics = new PreparedMetrics(
                List.of(
                        new PreparedMetrics.Source(List.of(large), revisionOfLarge, true, () -> epoch),
                        new PreparedMetrics.Source(registry, revision, false)),
                time::get);
        server = MetricsServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.serve(metrics, Optional::empty, Optional::empty);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<byte[]> get(String encoding) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + server.address().getPort() + "/metrics"))
                                .header("Accept-Encoding", encoding)
                                .header("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void aScrapeRendersNothing() throws IOException, InterruptedException {
        long before = collected.get();

        for (int i = 0; i < 10; i++) {
            HttpResponse<byte[]> answer = get("identity");
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("some " + before + ".0");
            assertThat(answer.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        }

        assertThat(collected).hasValue(before);
    }

    @Test
    void whatDidNotChangeIsNotRenderedAgain() {
        long before = collected.get();

        metrics.refresh();
        assertThat(collected).hasValue(before);

        revision.advance();
        metrics.refresh();
        metrics.refresh();
        assertThat(collected).hasValue(before + 1);
    }

    @Test
    void aPartThatTellsOfEveryChangeIsRenderedForNothingElse() throws IOException, InterruptedException {
        long before = collectedOfLarge.get();

        revision.advance();
        time.addAndGet(Duration.ofHours(1).toNanos());
        metrics.refresh();
        assertThat(collectedOfLarge).hasValue(before);

        revisionOfLarge.advance();
        metrics.refresh();
        assertThat(collectedOfLarge).hasValue(before + 1);
        assertThat(new String(get("identity").body(), StandardCharsets.UTF_8))
                .contains("large " + (before + 1) + ".0\n")
                .contains("some " + collected.get() + ".0\n");
    }

    private String page() throws IOException, InterruptedException {
        return new String(get("identity").body(), StandardCharsets.UTF_8);
    }

    @Test
    void whatWasRenderedInAnEpochThatIsOverIsNotShown() throws IOException, InterruptedException {
        assertThat(page()).contains("large 1.0\n").contains("some ");

        epoch = OptionalLong.empty();
        assertThat(page()).doesNotContain("large").contains("some ");
        metrics.refresh();
        assertThat(page()).doesNotContain("large");

        epoch = OptionalLong.of(2);
        assertThat(page()).doesNotContain("large");
        try (GZIPInputStream unpacked =
                new GZIPInputStream(new ByteArrayInputStream(get("gzip").body()))) {
            assertThat(new String(unpacked.readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo(page());
        }

        metrics.refresh();
        assertThat(page()).contains("large 2.0\n");
    }

    @Test
    void anOldPageIsRenderedAgain() {
        long before = collected.get();

        time.addAndGet(Duration.ofMillis(4_999).toNanos());
        metrics.refresh();
        assertThat(collected).hasValue(before);

        time.addAndGet(Duration.ofMillis(1).toNanos());
        metrics.refresh();
        metrics.refresh();
        assertThat(collected).hasValue(before + 1);
    }

    @Test
    void renderingTakesATwentiethOfTheTimeAtMost() {
        cost = Duration.ofSeconds(1).toNanos();
        long before = collected.get();

        for (int i = 0; i < 1000; i++) {
            time.addAndGet(Duration.ofMillis(100).toNanos());
            revision.advance();
            metrics.refresh();
        }

        // A hundred seconds and the renderings' own.
        assertThat(collected.get() - before).isBetween(4L, 6L);
    }

    @Test
    void aCompressedPageIsTheSame() throws IOException, InterruptedException {
        byte[] plain = get("identity").body();
        HttpResponse<byte[]> compressed = get("gzip");

        assertThat(compressed.headers().firstValue("Content-Encoding")).contains("gzip");
        try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
            assertThat(unpacked.readAllBytes()).isEqualTo(plain);
        }
    }
}
