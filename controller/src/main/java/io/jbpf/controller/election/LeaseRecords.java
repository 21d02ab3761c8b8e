package io.jbpf.controller.election;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpecBuilder;
import io.jbpf.controller.settings.ElectionSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a Lease says and shall say, by the conventions of client-go: {@code acquireTime} is when the holder began,
 * {@code leaseTransitions} how often it went from one holder to another, and one that was given up has the empty holder.
 */
final class LeaseRecords {
    /** A record may ask for more patience than we would have, but not for ever, whoever wrote it. */
    private static final Duration MOST_PATIENCE = Duration.ofMinutes(1);

    /** More writes than these cannot go unanswered before the deadline. */
    private static final int ATTEMPTS = 16;

    private final ElectionSettings settings;
    private final Clock clock;
    private final Deque<LeaseSpec> attempts = new ArrayDeque<>();

    LeaseRecords(ElectionSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** What a Lease says; nothing at all is a record like any other. */
    static LeaseSpec spec(Lease lease) {
        return Objects.requireNonNullElseGet(lease.getSpec(), LeaseSpec::new);
    }

    static String holder(LeaseSpec spec) {
        return Objects.requireNonNullElse(spec.getHolderIdentity(), "");
    }

    static boolean isFree(LeaseSpec spec) {
        return holder(spec).isEmpty();
    }

    static String nobodyOr(LeaseSpec spec) {
        return isFree(spec) ? "nobody" : holder(spec);
    }

    /** How long a record must stand still before it may be taken. */
    Duration patience(LeaseSpec spec) {
        Duration asked = Duration.ofSeconds(Objects.requireNonNullElse(spec.getLeaseDurationSeconds(), 0));
        Duration bounded = asked.compareTo(MOST_PATIENCE) > 0 ? MOST_PATIENCE : asked;
        return bounded.compareTo(settings.leaseDuration()) > 0 ? bounded : settings.leaseDuration();
    }

    /** Whether it names us. */
    boolean isMine(LeaseSpec spec) {
        return holder(spec).equals(settings.identity());
    }

    /** Whether this very process wrote it, be it without an answer. */
    boolean isOwnWriting(LeaseSpec spec) {
        return isMine(spec)
                && attempts.stream()
                        .anyMatch(attempt -> sameTime(attempt.getRenewTime(), spec.getRenewTime())
                                && sameTime(attempt.getAcquireTime(), spec.getAcquireTime()));
    }

    private static boolean sameTime(@Nullable ZonedDateTime one, @Nullable ZonedDateTime other) {
        return one != null && other != null && one.toInstant().equals(other.toInstant());
    }

    /** It is about to be written. */
    void attempt(LeaseSpec spec) {
        if (attempts.size() == ATTEMPTS) {
            attempts.removeFirst();
        }
        attempts.addLast(spec);
    }

    /** It was written: what was tried before it is no more. */
    void confirmed(LeaseSpec spec) {
        attempts.clear();
        attempts.addLast(spec);
    }

    LeaseSpec first() {
        return held(now(), 0);
    }

    LeaseSpec renewed(LeaseSpec last) {
        ZonedDateTime acquired = last.getAcquireTime();
        return held(acquired == null ? now() : acquired, transitions(last));
    }

    LeaseSpec taken(LeaseSpec others) {
        return held(now(), isMine(others) ? transitions(others) : transitions(others) + 1);
    }

    LeaseSpec released(LeaseSpec last) {
        ZonedDateTime now = now();
        return new LeaseSpecBuilder()
                .withHolderIdentity("")
                .withLeaseDurationSeconds(1)
                .withAcquireTime(now)
                .withRenewTime(now)
                .withLeaseTransitions(transitions(last))
                .build();
    }

    private LeaseSpec held(ZonedDateTime acquired, int transitions) {
        return new LeaseSpecBuilder()
                .withHolderIdentity(settings.identity())
                // Rounded up: who goes by it must not be quicker than we are.
                .withLeaseDurationSeconds(Math.toIntExact(
                        settings.leaseDuration().plusNanos(999_999_999).toSeconds()))
                .withAcquireTime(acquired)
                .withRenewTime(now())
                .withLeaseTransitions(transitions)
                .build();
    }

    private static int transitions(LeaseSpec spec) {
        Integer transitions = spec.getLeaseTransitions();
        // Whoever edited it: the API server accepts none below 0, and none may be above the highest int.
        return transitions == null || transitions < 0 || transitions == Integer.MAX_VALUE ? 0 : transitions;
    }

    /** The API knows microseconds; a time that comes back must be the one that was sent. */
    private ZonedDateTime now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS).atZone(ZoneOffset.UTC);
    }

    Lease lease(LeaseSpec spec) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(settings.lockNamespace())
                .withName(settings.lockName())
                .endMetadata()
                .withSpec(spec)
                .build();
    }

    /** Others' labels and annotations stay, and so does the resource version it must have. */
    Lease replacing(Lease replaced, LeaseSpec spec) {
        return new LeaseBuilder(replaced).withSpec(spec).build();
    }
}
