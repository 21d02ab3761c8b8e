package io.jbpf.controller.scale;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what a benchmark is about, for minutes if need be. */
final class Waiting {
    private static final Duration MOST = Duration.ofMinutes(4);

    private Waiting() {}

    /** Lets time pass, which what is measured is to be measured over. */
    static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Waits for a program to end. Returns its exit status. */
    static int forEnd(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** What is waited for. */
    @FunctionalInterface
    interface Condition<E extends Exception> {
        boolean holds() throws E;
    }

    static <E extends Exception> void until(Condition<E> condition) throws E {
        until(condition, 2);
    }

    /** Returns when the condition holds, which is asked for at such intervals. */
    static <E extends Exception> void until(Condition<E> condition, long millis) throws E {
        long end = System.nanoTime() + MOST.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "what is measured did not come about in " + MOST.toMinutes() + " minutes");
            }
            pause(Duration.ofMillis(millis));
        }
    }
}
