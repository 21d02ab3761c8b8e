package io.jbpf.controller.health;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * The loops of the process. A loop tells when a round of it begins and ends; one whose round takes too long is stalled, one
 * that waits for work is not.
 */
public final class Loops {
    /** One loop; its rounds do not overlap. */
    public static final class Loop {
        private final String name;
        private final LongSupplier nanoTime;
        private volatile boolean busy;
        private volatile long since;

        private Loop(String name, LongSupplier nanoTime) {
            this.name = name;
            this.nanoTime = nanoTime;
        }

        /** A round begins. */
        public void begin() {
            since = nanoTime.getAsLong();
            busy = true;
        }

        /** The round has ended. */
        public void end() {
            busy = false;
        }

        /**
         * Runs one round.
         *
         * @param round what to do
         */
        public void round(Runnable round) {
            begin();
            try {
                round.run();
            } finally {
                end();
            }
        }

        private boolean stalled(Duration limit) {
            long began = since;
            return busy && nanoTime.getAsLong() - began > limit.toNanos();
        }
    }

    private final LongSupplier nanoTime;
    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    /**
     * No loops yet.
     *
     * @param nanoTime a clock that never goes back, as {@link System#nanoTime()}
     */
    public Loops(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * A new loop.
     *
     * @param name how to call it when it stalls
     * @return the loop, between two rounds
     */
    public Loop loop(String name) {
        Loop loop = new Loop(name, nanoTime);
        loops.add(loop);
        return loop;
    }

    /**
     * Which loop does not come round.
     *
     * @param limit how long a round may take
     * @return a part of a sentence about the first of them; empty if there is none
     */
    public Optional<String> stalled(Duration limit) {
        return loops.stream()
                .filter(loop -> loop.stalled(limit))
                .findFirst()
                .map(loop -> "the loop \"" + loop.name + "\" has not come round for " + limit.toSeconds() + " seconds");
    }
}
