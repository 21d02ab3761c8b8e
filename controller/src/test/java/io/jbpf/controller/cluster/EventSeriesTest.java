package io.jbpf.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EventSeriesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final EventSeries series = new EventSeries();

    private static ObservedEvent event(String about, String message) {
        return new ObservedEvent(
                new ObjectReferenceBuilder()
                        .withNamespace("n")
                        .withKind("Pod")
                        .withName(about)
                        .withUid("uid of " + about)
                        .build(),
                true,
                "AttachFailed",
                message);
    }

    @Test
    void theSameAgainIsCountedUp() {
        EventSeries.Sending first = series.next(event("p", "m"), START).orElseThrow();
        Instant later = START.plusSeconds(5);
        EventSeries.Sending second = series.next(event("p", "m"), later).orElseThrow();

        assertThat(first.count()).isEqualTo(1);
        assertThat(second).isEqualTo(new EventSeries.Sending(first.name(), "m", 2, START, later));
    }

    @Test
    void anotherMessageOrAnotherObjectIsAnotherEvent() {
        Set<String> names = new HashSet<>();
        names.add(series.next(event("p", "m"), START).orElseThrow().name());
        names.add(series.next(event("p", "other"), START).orElseThrow().name());
        names.add(series.next(event("q", "m"), START).orElseThrow().name());

        assertThat(names).hasSize(3);
    }

    @Test
    void moreThanTenMessagesAreCombined() {
        List<EventSeries.Sending> sent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sent.add(series.next(event("p", "message " + i), START.plusSeconds(i))
                    .orElseThrow());
        }

        assertThat(sent.stream().map(EventSeries.Sending::name).distinct()).hasSize(11);
        assertThat(sent.get(19).message()).isEqualTo("(combined from similar events): message 19");
        assertThat(sent.get(19).count()).isEqualTo(10);
    }

    @Test
    void anObjectHas25AtOnceAndThenOneEveryFiveMinutes() {
        int sent = 0;
        for (int i = 0; i < 100; i++) {
            sent += series.next(event("p", "m"), START).isPresent() ? 1 : 0;
        }
        assertThat(sent).isEqualTo(25);
        assertThat(series.next(event("q", "m"), START)).isPresent();

        Instant later = START.plus(Duration.ofMinutes(5));
        assertThat(series.next(event("p", "m"), later)).isPresent();
        assertThat(series.next(event("p", "m"), later)).isEqualTo(Optional.empty());
    }

    @Test
    void anObjectWithTheLongestNameHasEventsToo() {
        String name = "x".repeat(253);

        assertThat(series.next(event(name, "m"), START).orElseThrow().name()).hasSizeLessThanOrEqualTo(253);
    }
}
