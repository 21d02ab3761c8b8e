package io.jbpf.controller.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.Waits;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonTest {
    /** How long no test takes, and a number that no other process here sleeps for. */
    private static final String LONG = "86399";

    @TempDir
    private Path directory;

    @Test
    void endsTheProgramThatItStarted() {
        Daemon daemon = Daemon.start(directory.resolve("log"), List.of("sleep", LONG));
        Waits.until(() -> sleepers() == 1);

        daemon.close();

        assertThat(daemon.alive()).isFalse();
        assertThat(sleepers()).isZero();
    }

    private static long sleepers() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").matches("(.*/)?sleep " + LONG))
                .count();
    }

    @Test
    void noticesThatAProgramHasEndedAndTellsWhatItSaid() {
        try (Daemon daemon = Daemon.start(directory.resolve("log"), List.of("sh", "-c", "echo no more; exit 1"))) {
            Waits.until(() -> !daemon.alive());

            assertThat(daemon.lastWords()).contains("has ended", "no more");
        }
    }
}
