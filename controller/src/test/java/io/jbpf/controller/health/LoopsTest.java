package io.jbpf.controller.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LoopsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** It passes the highest long on the way, as a clock of that kind may. */
    private final AtomicLong now =
            new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(30).toNanos());

    private final Loops loops = new Loops(now::get);

    private void pass(int seconds) {
        now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void aRoundThatTakesTooLongIsToldByName() {
        Loops.Loop idle = loops.loop("idle");
        idle.round(() -> pass(5));
        loops.loop("stuck").begin();

        pass(60);
        assertThat(loops.stalled(LIMIT)).isEmpty();
        pass(1);
        assertThat(loops.stalled(LIMIT))
                .hasValueSatisfying(text -> assertThat(text).contains("\"stuck\"", "60 seconds"));
    }

    @Test
    void aRoundThatEndedLateIsOver() {
        loops.loop("slow").round(() -> pass(300));

        assertThat(loops.stalled(LIMIT)).isEmpty();
    }

    @Test
    void aRoundThatFailedIsOver() {
        Loops.Loop loop = loops.loop("failing");

        assertThatThrownBy(() -> loop.round(() -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        pass(300);
        assertThat(loops.stalled(LIMIT)).isEmpty();
    }
}
