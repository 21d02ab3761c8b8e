package io.jbpf.testkit;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a test has opened. On close the last opened goes first; whatever goes wrong with one, the others are closed, too. */
public final class OpenResources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Has it closed with the others; returns it. */
    public <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Leaves it to the caller. */
    public void remove(AutoCloseable resource) {
        open.remove(resource);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!open.isEmpty()) {
            AutoCloseable next = open.pop();
            try {
                next.close();
            } catch (Exception e) {
                IOException failed = new IOException(next + " was not closed: " + e.getMessage(), e);
                if (failure == null) {
                    failure = failed;
                } else {
                    failure.addSuppressed(failed);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
