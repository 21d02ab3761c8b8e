package io.jbpf.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for a condition, with a deadline instead of a guess how long it takes. */
public final class Waits {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private Waits() {}

    /**
     * Returns as soon as the condition holds.
     *
     * @throws AssertionError if it does not within 20 seconds
     */
    public static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("the condition did not hold within " + DEADLINE.toSeconds() + " s");
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
