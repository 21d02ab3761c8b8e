package io.jbpf.controller.demo;

import io.jbpf.error.BpfException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * All that the demonstration has made, taken away in reverse order: at its end, when it fails, and when a signal stops it.
 * Each thing is made while no other thread can take things away, so that a signal never falls between the making of
 * something and its being known here.
 */
final class Belongings implements AutoCloseable {
    private final Deque<Belonging> held = new ArrayDeque<>();
    private final List<String> complaints = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    private record Belonging(String name, AutoCloseable thing) {}

    /** Makes one thing; should take at most seconds. */
    @FunctionalInterface
    interface Making<T> {
        /** Makes it, or leaves nothing behind. */
        T make() throws Exception;
    }

    /**
     * Makes something and owns it from then on.
     *
     * @param name what a complaint calls it
     * @param making how it is made
     * @throws DemoFailure if it cannot be made, or everything has been taken away already
     */
    synchronized <T extends AutoCloseable> T own(String name, Making<T> making) {
        if (closing()) {
            throw new DemoFailure("The demonstration was stopped.");
        }
        try {
            T thing = making.make();
            held.push(new Belonging(name, thing));
            return thing;
        } catch (DemoFailure | BpfException e) {
            throw e;
        } catch (Exception e) {
            throw new DemoFailure("Cannot make the " + name + ": " + reason(e), e);
        }
    }

    /** {@return whether everything is being, or was, taken away} */
    boolean closing() {
        return closing.getCount() == 0;
    }

    /** Waits for that to begin, but not longer; answers whether it has. */
    boolean awaitClosing(Duration patience) {
        try {
            return closing.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Takes everything away, whatever goes wrong with one thing. The second time it does nothing. */
    @Override
    public void close() {
        closing.countDown();
        synchronized (this) {
            while (!held.isEmpty()) {
                Belonging last = held.pop();
                try {
                    last.thing().close();
                } catch (Exception e) {
                    complaints.add("The " + last.name() + " was not taken away: " + reason(e));
                }
            }
        }
    }

    /** {@return a sentence for each thing that could not be taken away} */
    synchronized List<String> complaints() {
        return List.copyOf(complaints);
    }

    static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
