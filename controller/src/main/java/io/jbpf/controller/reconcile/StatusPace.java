package io.jbpf.controller.reconcile;

import io.jbpf.controller.rules.ObjectKey;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * When a config's status may be written: in the long run at most once an interval, however fast its pods come and go; but
 * somebody who has just edited the config is answered at once, with the steps on the way: three writes are always free
 * after an edit, or after a quiet time.
 */
final class StatusPace {
    private static final int FREE = 3;

    /** Up to when writes of an edit are paid for. */
    private record Paid(ConfigEdit edit, long until) {}

    private final Duration interval;
    private final LongSupplier nanoTime;
    private final Map<ObjectKey, Paid> paid = new ConcurrentHashMap<>();

    StatusPace(Duration interval, LongSupplier nanoTime) {
        this.interval = interval;
        this.nanoTime = nanoTime;
    }

    /** How long to wait before the status is written; zero if it may be now. */
    Duration rest(ObjectKey key, ConfigEdit edit) {
        Paid last = paid.get(key);
        if (last == null || !last.edit.equals(edit)) {
            return Duration.ZERO;
        }
        long ahead = last.until - nanoTime.getAsLong();
        Duration rest = Duration.ofNanos(ahead).minus(interval.multipliedBy(FREE - 1));
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** It was written just now. */
    void wrote(ObjectKey key, ConfigEdit edit) {
        long now = nanoTime.getAsLong();
        paid.compute(key, (k, last) -> {
            long from = last != null && last.edit.equals(edit) && last.until - now > 0 ? last.until : now;
            return new Paid(edit, from + interval.toNanos());
        });
    }

    /** The config is gone. */
    void forget(ObjectKey key) {
        paid.remove(key);
    }
}
