package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * When to try again what failed: after a pause that doubles each time, up to half a minute, and varies, so that many
 * failures do not come back at once; at least after what the API server asked for. What failed too often is left to its next
 * change, or to the resync.
 *
 * @param <K> what is tried again
 */
final class Backoff<K> {
    private static final Duration FIRST = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LONGEST_ASKED = Duration.ofMinutes(5);
    private static final Duration TOO_MANY = Duration.ofSeconds(1);
    private static final int MOST_DOUBLINGS = 10;

    private record Failures(int all, int counted) {}

    private final int maxRetries;
    private final RandomGenerator random;
    private final Map<K, Failures> failures = new ConcurrentHashMap<>();

    Backoff(int maxRetries, RandomGenerator random) {
        this.maxRetries = maxRetries;
        this.random = random;
    }

    /** It succeeded. */
    void succeeded(K key) {
        failures.remove(key);
    }

    /** It failed: how long to wait, or empty if that was the last try. */
    Optional<Duration> failed(K key, FailureType type, RuntimeException failure) {
        int counts = type.passing() ? 0 : 1;
        Failures now = failures.merge(
                key, new Failures(1, counts), (before, more) -> new Failures(before.all + 1, before.counted + counts));
        if (now.counted > maxRetries) {
            failures.remove(key);
            return Optional.empty();
        }
        long pause = Math.min(FIRST.toMillis() << Math.min(now.all - 1, MOST_DOUBLINGS), LONGEST.toMillis());
        Duration varied = Duration.ofMillis(pause / 2 + random.nextLong(pause));
        Duration asked = type == FailureType.TOO_MANY_REQUESTS ? asked(failure) : Duration.ZERO;
        // Never before the moment that was asked for, and not all in it.
        return Optional.of(asked.isZero() ? varied : asked.plus(varied.dividedBy(2)));
    }

    /** {@code Retry-After}, which the API server repeats in its Status. */
    private static Duration asked(RuntimeException failure) {
        if (failure instanceof KubernetesClientException client) {
            Status status = client.getStatus();
            if (status != null && status.getDetails() != null) {
                Integer seconds = status.getDetails().getRetryAfterSeconds();
                if (seconds != null && seconds > 0) {
                    Duration asked = Duration.ofSeconds(seconds);
                    return asked.compareTo(LONGEST_ASKED) > 0 ? LONGEST_ASKED : asked;
                }
            }
        }
        return TOO_MANY;
    }
}
