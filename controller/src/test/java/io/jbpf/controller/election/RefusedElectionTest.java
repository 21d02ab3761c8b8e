package io.jbpf.controller.election;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.settings.ElectionSettings;
import io.jbpf.testkit.Waits;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** An API server that does not let this process take part. */
class RefusedElectionTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionTrouble.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final RefusingStore store = new RefusingStore();
    private LeaseElector elector;

    /** Refuses until it is told not to; then there is a Lease to be had. */
    private static final class RefusingStore implements LeaseStore {
        private final AtomicInteger asked = new AtomicInteger();
        private volatile boolean refusing = true;
        private volatile boolean refusingOnce;
        private volatile Optional<Lease> lease = Optional.empty();

        private void ask() {
            asked.incrementAndGet();
            if (refusing || refusingOnce) {
                refusingOnce = false;
                throw new KubernetesClientException(new StatusBuilder()
                        .withCode(403)
                        .withReason("Forbidden")
                        .withMessage("leases.coordination.k8s.io \"lock\" is forbidden")
                        .build());
            }
        }

        @Override
        public Optional<Lease> get() {
            ask();
            return lease;
        }

        @Override
        public Lease create(Lease made) {
            ask();
            lease = Optional.of(made);
            return made;
        }

        @Override
        public Lease update(Lease changed) {
            return create(changed);
        }

        @Override
        public void close() {
            refusing = true;
        }
    }

    @BeforeEach
    void start() {
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.INFO);
        elector = new LeaseElector(
                new ElectionSettings(
                        "default",
                        "lock",
                        "node-1/a",
                        Duration.ofMillis(300),
                        Duration.ofMillis(200),
                        Duration.ofMillis(20)),
                store,
                Clock.systemUTC(),
                System::nanoTime,
                new Loops(System::nanoTime).loop("election"),
                new Unheard());
        elector.start();
    }

    @AfterEach
    void stop() {
        elector.close();
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    private List<ILoggingEvent> said(Level level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().equals(level))
                .toList();
    }

    @Test
    void saysOnceWhatToAllowAndIsNotReadyUntilItIs() {
        Waits.until(() -> store.asked.get() > 10);

        assertThat(said(Level.ERROR)).singleElement().satisfies(event -> assertThat(event.getFormattedMessage())
                .contains("default/lock", "is forbidden", "get, create and update"));
        assertThat(elector.refusal())
                .hasValueSatisfying(text -> assertThat(text).contains("default/lock"));
        assertThat(elector.isHeld()).isFalse();

        store.refusing = false;

        Waits.until(elector::isHeld);
        assertThat(elector.refusal()).isEmpty();
        assertThat(said(Level.INFO)).singleElement().satisfies(event -> assertThat(event.getFormattedMessage())
                .contains("in reach again"));
    }

    @Test
    void aLeaderThatIsRefusedEndsAtItsDeadline() {
        store.refusing = false;
        Waits.until(elector::isHeld);

        store.refusing = true;

        Waits.until(() -> !elector.isHeld());
        Waits.until(() -> elector.refusal().isPresent());
    }

    /** As an API server does that has just begun. */
    @Test
    void oneRefusalIsNoError() {
        store.refusing = false;
        Waits.until(elector::isHeld);

        store.refusingOnce = true;

        Waits.until(() -> said(Level.INFO).stream()
                .anyMatch(event -> event.getFormattedMessage().contains("in reach again")));
        assertThat(said(Level.ERROR)).isEmpty();
        assertThat(said(Level.WARN)).singleElement().satisfies(event -> assertThat(event.getFormattedMessage())
                .contains("refuses Lease default/lock"));
    }
}
