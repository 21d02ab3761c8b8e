package io.jbpf.cli.attach;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Measures the time between readings, which is never quite what was asked for. */
final class Stopwatch {
    private long last = System.nanoTime();

    /** {@return seconds since the last lap, or since this was made} */
    double lap() {
        long now = System.nanoTime();
        double seconds = (now - last) / 1e9;
        last = now;
        return Math.round(seconds * 1e6) / 1e6;
    }

    /** {@return the wall clock, in UTC: {@code 2026-11-23T12:00:00.123Z}} */
    static String time() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
