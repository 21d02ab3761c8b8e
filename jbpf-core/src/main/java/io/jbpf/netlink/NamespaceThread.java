package io.jbpf.netlink;

import io.jbpf.netlink.NetworkNamespace.Action;
import org.jspecify.annotations.Nullable;

/**
 * A thread that lives for one action and may change its namespace: it ends with the action, so no other code ever runs
 * on it.
 */
final class NamespaceThread<T extends @Nullable Object> extends Thread {
    private final Action<T, ?> action;
    private @Nullable T result;
    private @Nullable Throwable failure;

    private NamespaceThread(String name, Action<T, ?> action) {
        // Without the caller's inheritable thread-locals: a thread-local's clean-up should not depend on this thread.
        super(null, null, "jbpf-netns-" + name, 0, false);
        setDaemon(true);
        this.action = action;
    }

    static <T extends @Nullable Object, E extends Exception> T run(String name, Action<T, E> action) throws E {
        NamespaceThread<T> thread = new NamespaceThread<>(name, action);
        thread.start();
        thread.await();
        return thread.<E>outcome();
    }

    @Override
    @SuppressWarnings("CatchAndPrintStackTrace")
    public void run() {
        try {
            result = action.run();
        } catch (Throwable e) { // handed to the caller, whatever it is
            failure = e;
        }
    }

    private void await() {
        boolean interrupted = false;
        while (true) {
            try {
                join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Only what the action is declared to throw can be in there, beside unchecked exceptions. */
    @SuppressWarnings({"unchecked", "NullAway"})
    private <E extends Exception> T outcome() throws E {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (E) failure;
        }
        return result;
    }
}
