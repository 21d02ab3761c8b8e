package io.jbpf.cli.trace;

import io.jbpf.event.TraceLine;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * A line that a program printed, as {@code jbpf trace -o json} shows it.
 *
 * @param time seconds since the machine's start
 * @param task the task on whose CPU the program ran
 * @param pid that task's number
 * @param cpu the CPU
 * @param flags what the CPU was in, as ftrace writes it
 * @param message what was printed
 */
record TraceListing(BigDecimal time, String task, int pid, int cpu, String flags, String message) {
    private static final int NANOS = 9;
    private static final int MICROS = 6;

    static TraceListing of(TraceLine line) {
        return new TraceListing(
                BigDecimal.valueOf(line.time().toNanos(), NANOS).setScale(MICROS, RoundingMode.DOWN),
                line.task(),
                line.pid(),
                line.cpu(),
                line.flags(),
                line.message());
    }
}
