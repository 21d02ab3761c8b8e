package io.jbpf.controller.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ScrapeTest {
    private static final Scrape SCRAPE = Scrape.of("""
            # HELP packets_total Packets.
            # TYPE packets_total counter
            packets_total{pod="a",kind="allowed"} 38.0
            packets_total{pod="a \\"b\\", c",kind="blocked"} 2.5E6
            up 1.0
            """);

    @Test
    void findsASeriesWhateverTheOrderOfItsLabels() {
        assertThat(SCRAPE.value("packets_total", Map.of("kind", "allowed", "pod", "a")))
                .hasValue(38);
    }

    @Test
    void wantsAllLabels() {
        assertThat(SCRAPE.value("packets_total", Map.of("kind", "allowed"))).isEmpty();
    }

    @Test
    void readsLabelsWithQuotesAndLargeNumbers() {
        assertThat(SCRAPE.value("packets_total", Map.of("kind", "blocked", "pod", "a \\\"b\\\", c")))
                .hasValue(2_500_000);
    }

    @Test
    void readsASeriesWithoutLabels() {
        assertThat(SCRAPE.value("up", Map.of())).hasValue(1);
        assertThat(SCRAPE.lines("up")).containsExactly("up 1.0");
    }
}
