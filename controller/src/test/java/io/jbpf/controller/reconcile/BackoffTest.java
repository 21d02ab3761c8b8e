package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private final IllegalStateException failure = new IllegalStateException("it failed");
    private final Backoff<String> backoff = new Backoff<>(3, new Random(1));

    @Test
    void waitsLongerEachTimeAndThenGivesUp() {
        for (long base : new long[] {200, 400, 800}) {
            assertThat(backoff.failed("a", FailureType.INTERNAL, failure).orElseThrow())
                    .isBetween(Duration.ofMillis(base / 2), Duration.ofMillis(base * 3 / 2));
        }
        assertThat(backoff.failed("a", FailureType.INTERNAL, failure)).isEmpty();
    }

    @Test
    void beginsAnewAfterItGaveUpOrSucceeded() {
        for (int i = 0; i < 3; i++) {
            Optional<Duration> unused = backoff.failed("a", FailureType.INTERNAL, failure);
        }
        backoff.succeeded("a");

        assertThat(backoff.failed("a", FailureType.INTERNAL, failure).orElseThrow())
                .isLessThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void neverGivesUpBecauseOfAnApiServerThatIsDead() {
        for (int i = 0; i < 100; i++) {
            assertThat(backoff.failed("a", FailureType.UNAVAILABLE, failure).orElseThrow())
                    .isLessThanOrEqualTo(Duration.ofSeconds(45));
        }
    }

    @Test
    void waitsAtLeastAsLongAsTheApiServerAsks() {
        KubernetesClientException busy = new KubernetesClientException(new StatusBuilder()
                .withCode(429)
                .withNewDetails()
                .withRetryAfterSeconds(7)
                .endDetails()
                .build());

        assertThat(backoff.failed("a", FailureType.of(busy), busy).orElseThrow())
                .isBetween(Duration.ofSeconds(7), Duration.ofSeconds(8));
    }

    @Test
    void variesSoThatNotAllComeBackAtOnce() {
        assertThat(backoff.failed("a", FailureType.INTERNAL, failure))
                .isNotEqualTo(backoff.failed("b", FailureType.INTERNAL, failure));
    }

    @ParameterizedTest
    @CsvSource({
        "409, conflict",
        "404, not_found",
        "410, not_found",
        "403, forbidden",
        "401, forbidden",
        "422, invalid",
        "400, invalid",
        "429, too_many_requests",
        "500, unavailable",
        "503, unavailable",
        "0, unavailable"
    })
    void knowsWhatAnAnswerMeans(int code, String word) {
        FailureType type = FailureType.of(
                new KubernetesClientException(new StatusBuilder().withCode(code).build()));

        assertThat(type.word()).isEqualTo(word);
        assertThat(type.expected()).isTrue();
    }

    @Test
    void anythingElseIsUnexpected() {
        assertThat(FailureType.of(failure)).isEqualTo(FailureType.INTERNAL);
        assertThat(FailureType.INTERNAL.expected()).isFalse();
    }
}
