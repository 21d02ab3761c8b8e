package io.jbpf.controller.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.testkit.ConcurrentTest;
import io.jbpf.testkit.Waits;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** When a leader renews its Lease; how the API server takes that is {@link LeaseElectorTest}'s. */
class RenewalTest {
    private static final Duration DEADLINE = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofMillis(100);

    private final Store store = new Store();

    /** A Lease that somebody has given up, where the first renewals may fail. */
    private static final class Store implements LeaseStore {
        private final List<Long> renewals = new CopyOnWriteArrayList<>();
        private volatile Lease lease = new Lease();
        private volatile int failing;

        @Override
        public Optional<Lease> get() {
            return Optional.of(lease);
        }

        @Override
        public Lease create(Lease made) {
            throw new AssertionError("it is there");
        }

        @Override
        public Lease update(Lease written) {
            boolean taking = lease.getSpec() == null;
            if (!taking) {
                renewals.add(System.nanoTime());
                if (renewals.size() <= failing) {
                    throw new KubernetesClientException("connection refused");
                }
            }
            lease = written;
            return written;
        }

        @Override
        public void close() {}

        private Duration between(int earlier, int later) {
            return Duration.ofNanos(renewals.get(later) - renewals.get(earlier));
        }
    }

    private LeaseElector leader() {
        LeaseElector leader = new LeaseElector(
                new ElectionSettings("default", "lock", "node-1/a", Duration.ofSeconds(3), DEADLINE, RETRY),
                store,
                Clock.systemUTC(),
                System::nanoTime,
                new Loops(System::nanoTime).loop("election"),
                new Unheard());
        leader.start();
        return leader;
    }

    @ConcurrentTest
    void aLeaderRenewsWhenHalfOfItsTimeIsOver() {
        try (LeaseElector leader = leader()) {
            Waits.until(() -> store.renewals.size() == 3);

            assertThat(leader.terms()).isOne();
            assertThat(leader.isHeld()).isTrue();
        }

        // A thread may wake late, but not early.
        assertThat(store.between(0, 1)).isGreaterThan(DEADLINE.dividedBy(2).minusMillis(20));
        assertThat(store.between(1, 2)).isGreaterThan(DEADLINE.dividedBy(2).minusMillis(20));
    }

    @ConcurrentTest
    void aRenewalThatFailedIsTriedAgainInEachRetryPeriod() {
        store.failing = 3;
        try (LeaseElector leader = leader()) {
            Waits.until(() -> store.renewals.size() == 4);

            assertThat(leader.terms()).isOne();
            assertThat(leader.isHeld()).isTrue();
        }

        assertThat(store.between(0, 1)).isGreaterThan(RETRY.minusMillis(20));
        assertThat(store.between(2, 3)).isGreaterThan(RETRY.minusMillis(20));
        // They were all made in the half that was left.
        assertThat(store.between(0, 3)).isLessThan(DEADLINE.dividedBy(2));
    }
}
