package io.jbpf.event;

import java.time.Duration;

/** When a wait ends, by the clock that nobody sets. */
final class Deadline {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long begin = System.nanoTime();
    private final long nanos;

    private Deadline(long nanos) {
        this.nanos = nanos;
    }

    /** {@return the end of so long a time from now; past already if it is negative, and centuries away at most} */
    static Deadline after(Duration time) {
        try {
            return new Deadline(time.toNanos());
        } catch (ArithmeticException longerThanALongHolds) {
            return new Deadline(time.isNegative() ? 0 : Long.MAX_VALUE);
        }
    }

    /** {@return how long it is until then, 0 or less if it is past} */
    long remainingNanos() {
        return nanos - (System.nanoTime() - begin);
    }

    /** {@return this one, or the end of so long a time from now if that is earlier} */
    Deadline orIn(long other) {
        return other < remainingNanos() ? new Deadline(other) : this;
    }

    boolean isPast() {
        return nanos <= 0 || remainingNanos() <= 0;
    }

    /** {@return the time until then as epoll_wait(2) takes it: rounded up, so that the wait is not too short} */
    int remainingMillis() {
        long remaining = remainingNanos();
        if (remaining <= 0) {
            return 0;
        }
        return (int) Math.min(Integer.MAX_VALUE, (remaining - 1) / NANOS_PER_MILLI + 1);
    }
}
