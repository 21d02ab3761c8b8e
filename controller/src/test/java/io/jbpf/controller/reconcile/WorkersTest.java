package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.health.Loops;
import io.jbpf.controller.metrics.Revision;
import io.jbpf.controller.metrics.WorkMetrics;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.WorkSettings;
import io.jbpf.testkit.Waits;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class WorkersTest {
    private static final ObjectKey ONE = new ObjectKey("default", "one");
    private static final ObjectKey TWO = new ObjectKey("default", "two");
    private static final WorkSettings SETTINGS =
            new WorkSettings(1, 1, 2, Duration.ofMillis(100), Duration.ofMinutes(10));

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final WorkQueue<ObjectKey> queue = new WorkQueue<>(System::nanoTime);
    private final AtomicBoolean leads = new AtomicBoolean(true);
    private final AtomicInteger asked = new AtomicInteger();
    private final Loops loops = new Loops(System::nanoTime);
    private final Logger logger = (Logger) LoggerFactory.getLogger(Workers.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Optional<Workers> workers = Optional.empty();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        workers.ifPresent(Workers::close);
        logger.detachAppender(log);
    }

    private void start(int threads, Reconciler<ObjectKey> reconciler) {
        Workers started = new Workers(
                "pod", queue, reconciler, this::leads, SETTINGS, new WorkMetrics(registry, new Revision()), loops);
        workers = Optional.of(started);
        started.start(threads);
    }

    private boolean leads() {
        boolean now = leads.get();
        asked.incrementAndGet();
        return now;
    }

    private double errors(String type) {
        return registry.scrape(name -> name.equals("podconfigmap_controller_reconciliation_errors")).stream()
                .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
                .filter(point -> type.equals(point.getLabels().get("error_type")))
                .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
                .sum();
    }

    private long reconciliations() {
        return registry.scrape(name -> name.equals("podconfigmap_controller_reconciliation_duration_seconds")).stream()
                .flatMap(snapshot -> ((HistogramSnapshot) snapshot).getDataPoints().stream())
                .mapToLong(HistogramSnapshot.HistogramDataPointSnapshot::getCount)
                .sum();
    }

    private static KubernetesClientException answer(int code) {
        return new KubernetesClientException(
                new StatusBuilder().withCode(code).withMessage("answer " + code).build());
    }

    @Test
    void triesAgainAsOftenAsItMayAndThenWaitsForTheNextChange() {
        AtomicInteger tries = new AtomicInteger();
        start(1, key -> {
            tries.incrementAndGet();
            throw answer(422);
        });

        queue.add(ONE);

        Waits.until(() -> List.copyOf(log.list).stream()
                .anyMatch(event -> event.getFormattedMessage().contains("2 retries")));
        assertThat(tries).hasValue(3);
        assertThat(errors("invalid")).isEqualTo(3);
        queue.add(ONE);
        Waits.until(() -> tries.get() > 3);
    }

    @Test
    void saysAnExpectedFailureOnceAndWithoutAStackTrace() {
        AtomicInteger tries = new AtomicInteger();
        start(1, key -> {
            if (tries.incrementAndGet() < 3) {
                throw answer(403);
            }
            return Optional.empty();
        });

        queue.add(ONE);

        Waits.until(() -> reconciliations() == 3);
        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getFormattedMessage()).contains("answer 403");
            assertThat(event.getThrowableProxy()).isNull();
        });
    }

    @Test
    void tellsWhereAnUnexpectedFailureHappened() {
        AtomicInteger tries = new AtomicInteger();
        start(1, key -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("a bug");
            }
            return Optional.empty();
        });

        queue.add(ONE);

        Waits.until(() -> reconciliations() == 2);
        assertThat(log.list).singleElement().satisfies(event -> assertThat(
                        event.getThrowableProxy().getMessage())
                .isEqualTo("a bug"));
        assertThat(errors("internal")).isEqualTo(1);
    }

    @Test
    void interruptsWhatTakesTooLongAndGoesOnWithTheNext() {
        Set<ObjectKey> done = ConcurrentHashMap.newKeySet();
        start(1, key -> {
            if (key.equals(ONE) && done.add(ONE)) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                }
            }
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            done.add(key);
            return Optional.empty();
        });

        queue.add(ONE);
        queue.add(TWO);

        Waits.until(() -> {
            workers.orElseThrow().checkTimes();
            return done.contains(TWO) && reconciliations() >= 3;
        });
        assertThat(errors("timeout")).isEqualTo(1);
        assertThat(errors("internal")).isZero();
        assertThat(workers.orElseThrow().alive()).isTrue();
    }

    @Test
    void replacesAThreadThatDoesNotHeedItAndKeepsItsKeyApart() {
        AtomicBoolean released = new AtomicBoolean();
        AtomicInteger atOne = new AtomicInteger();
        Set<ObjectKey> done = ConcurrentHashMap.newKeySet();
        start(1, key -> {
            if (key.equals(ONE)) {
                assertThat(atOne.incrementAndGet()).isEqualTo(1);
                while (!released.get()) {
                    Thread.onSpinWait();
                }
                atOne.decrementAndGet();
            }
            done.add(key);
            return Optional.empty();
        });

        queue.add(ONE);
        Waits.until(() -> atOne.get() == 1);
        queue.add(ONE);
        queue.add(TWO);
        Waits.until(() -> {
            workers.orElseThrow().checkTimes();
            return done.contains(TWO);
        });

        assertThat(done).containsExactly(TWO);
        assertThat(workers.orElseThrow().alive()).isTrue();
        assertThat(loops.stalled(Duration.ofMillis(100)))
                .hasValueSatisfying(text -> assertThat(text).contains("pod-0"));
        released.set(true);
        Waits.until(() -> reconciliations() == 3);
        assertThat(loops.stalled(Duration.ofMillis(100))).isEmpty();
        assertThat(errors("internal")).isZero();
    }

    @Test
    void doesNothingWhileItDoesNotLead() {
        AtomicInteger tries = new AtomicInteger();
        leads.set(false);
        start(1, key -> {
            tries.incrementAndGet();
            return Optional.empty();
        });

        queue.add(ONE);
        Waits.until(() -> asked.get() == 1);
        leads.set(true);
        queue.add(TWO);

        Waits.until(() -> reconciliations() == 1);
        assertThat(tries).hasValue(1);
    }

    @Test
    void showsHowMuchWaits() {
        CountDownLatch go = new CountDownLatch(1);
        start(1, key -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return Optional.empty();
        });
        queue.add(ONE);
        Waits.until(() -> queue.depth() == 0);
        queue.add(TWO);

        GaugeSnapshot depth =
                (GaugeSnapshot) registry.scrape(name -> name.equals("podconfigmap_controller_queue_depth"))
                        .get(0);
        assertThat(depth.getDataPoints()).singleElement().satisfies(point -> {
            assertThat(point.getLabels().get("queue_name")).isEqualTo("pod");
            assertThat(point.getValue()).isEqualTo(1);
        });
        go.countDown();
        Waits.until(() -> reconciliations() == 2);
    }
}
