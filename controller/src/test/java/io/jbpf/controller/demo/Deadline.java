package io.jbpf.controller.demo;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waiting for something to become so, by looking at it again and again until a point in time. */
public final class Deadline {
    private static final long PAUSE_NANOS = 20_000_000;

    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /** {@return the point in time after so long} */
    public static Deadline in(Duration patience) {
        return new Deadline(System.nanoTime() + patience.toNanos());
    }

    /** Answers whether the condition came to hold. */
    public boolean waitUntil(BooleanSupplier condition) {
        return lookUntil(condition::getAsBoolean, Boolean::booleanValue);
    }

    /** Looks until what is seen is as wished; answers what was seen last, as wished or not. */
    public <T> T lookUntil(Supplier<T> look, Predicate<T> wish) {
        while (true) {
            // Asked first: a look may take long, and the last one should be one after the deadline.
            boolean over = System.nanoTime() - end >= 0;
            T seen = look.get();
            if (over || wish.test(seen)) {
                return seen;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Looks until there is something to be seen; answers nothing if there was not. */
    <T> Optional<T> find(Supplier<Optional<T>> look) {
        return lookUntil(look, Optional::isPresent);
    }
}
