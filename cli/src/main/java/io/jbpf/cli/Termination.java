package io.jbpf.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The end of the virtual machine, by a signal or by itself. The shutdown hook asks a command that heeds it to stop,
 * waits until it has detached what it attached, and ends the machine with the command's own exit status: ctrl-C is the
 * ordinary way to end {@code jbpf attach} and no failure.
 */
final class Termination {
    /** Detaching takes milliseconds; what takes this long will not end. */
    private static final long PATIENCE_SECONDS = 15;

    private final StopSignal stop;
    private final CompletableFuture<Integer> status = new CompletableFuture<>();
    private final Thread hook = new Thread(this::onShutdown, "jbpf-stop");

    private Termination(StopSignal stop) {
        this.stop = stop;
    }

    /** {@return the end of this virtual machine, from now on announced to {@code stop} first} */
    static Termination of(StopSignal stop) {
        Termination termination = new Termination(stop);
        Runtime.getRuntime().addShutdownHook(termination.hook);
        return termination;
    }

    /** Ends the virtual machine; does not return. */
    void exit(int exitStatus) {
        status.complete(exitStatus);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // The hook is running and takes the status from here.
        }
        System.exit(exitStatus);
    }

    private void onShutdown() {
        if (!stop.isHeeded()) {
            return;
        }
        stop.ask();
        try {
            Runtime.getRuntime().halt(status.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (TimeoutException | ExecutionException e) {
            System.err.println("jbpf: still not detached after " + PATIENCE_SECONDS
                    + " seconds; ending anyway: look with 'jbpf inspect links' and 'tc filter show' for what is left");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
