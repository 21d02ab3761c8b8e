package io.jbpf.cli.attach;

import io.jbpf.cli.StopSignal;
import io.jbpf.cli.output.Display;
import java.time.Duration;
import java.util.function.Supplier;

/** Shows what an attached program has counted, interval by interval, until there is a reason to end. */
final class Monitor {
    private final StopSignal stop;
    private final Display display;
    private final IntervalOptions intervals;

    Monitor(StopSignal stop, Display display, IntervalOptions intervals) {
        this.stop = stop;
        this.display = display;
        this.intervals = intervals;
    }

    /**
     * Shows readings. When the end is asked for, what was counted since the last one is shown too.
     *
     * @param readings takes one
     * @throws io.jbpf.cli.output.OutputFailure if nobody reads them any more
     */
    void run(Supplier<? extends Reading> readings) {
        long start = System.nanoTime();
        for (long shown = 1; ; shown++) {
            // From the start, so that what reading and showing take does not add up.
            long due = start + shown * intervals.interval().toNanos();
            boolean asked = stop.await(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            Reading reading = readings.get();
            display.show(reading, reading.lines(display.drawsOver()));
            if (asked || reading.over() || shown == intervals.count()) {
                return;
            }
        }
    }
}
