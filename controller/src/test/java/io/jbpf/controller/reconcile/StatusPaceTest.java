package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.rules.ObjectKey;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StatusPaceTest {
    private static final ObjectKey KEY = new ObjectKey("default", "c");
    private static final ConfigEdit FIRST = new ConfigEdit("uid", 1);

    private final AtomicLong time =
            new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(5).toNanos());
    private final StatusPace pace = new StatusPace(Duration.ofSeconds(10), time::get);

    private void pass(Duration duration) {
        time.addAndGet(duration.toNanos());
    }

    /** Tries all the time, as with pods that come and go. */
    private int written(ConfigEdit edit, Duration span) {
        int written = 0;
        for (long i = 0; i < span.toMillis(); i += 100) {
            if (pace.rest(KEY, edit).isZero()) {
                pace.wrote(KEY, edit);
                written++;
            }
            pass(Duration.ofMillis(100));
        }
        return written;
    }

    @Test
    void isAtMostOnceInTenSecondsWhileSomethingChangesAllTheTime() {
        assertThat(written(FIRST, Duration.ofMinutes(10))).isEqualTo(3 - 1 + 60);
    }

    @Test
    void tellsHowLongToWait() {
        for (int i = 0; i < 3; i++) {
            assertThat(pace.rest(KEY, FIRST)).isZero();
            pace.wrote(KEY, FIRST);
        }
        assertThat(pace.rest(KEY, FIRST)).isEqualTo(Duration.ofSeconds(10));
        pass(Duration.ofSeconds(4));
        assertThat(pace.rest(KEY, FIRST)).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void answersAnEditAtOnce() {
        int unused = written(FIRST, Duration.ofSeconds(65));
        assertThat(pace.rest(KEY, FIRST)).isPositive();

        assertThat(pace.rest(KEY, new ConfigEdit("uid", 2))).isZero();
        assertThat(pace.rest(KEY, new ConfigEdit("another life", 1))).isZero();
    }

    @Test
    void saysTheFirstThingsAtOnceAfterAQuietTime() {
        int unused = written(FIRST, Duration.ofSeconds(65));
        pass(Duration.ofMinutes(10));

        assertThat(written(FIRST, Duration.ofSeconds(1))).isEqualTo(3);
    }

    @Test
    void forgetsAConfigThatIsGone() {
        int unused = written(FIRST, Duration.ofSeconds(65));

        pace.forget(KEY);

        assertThat(pace.rest(KEY, FIRST)).isZero();
    }
}
