package io.jbpf.event;

import java.util.ArrayDeque;
import java.util.Deque;

/** What has been opened on the way to something larger; given back if the way is not gone to its end. */
final class Opening implements AutoCloseable {
    private final Deque<Runnable> opened = new ArrayDeque<>();

    void add(Runnable close) {
        opened.push(close);
    }

    /** It is complete: what was opened belongs to it now. */
    void done() {
        opened.clear();
    }

    /** Gives all back, the last first, also where one of them cannot be. */
    @Override
    public void close() {
        RuntimeException first = null;
        for (Runnable close : opened) {
            try {
                close.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
