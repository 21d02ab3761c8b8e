package io.jbpf.cli;

import org.jspecify.annotations.Nullable;

/** A command cannot do what it was asked to, for a reason that a sentence explains in full. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure explained by its message.
     *
     * @param message a sentence without full stop that names the thing and the way out
     */
    public CommandFailure(String message) {
        this(message, null);
    }

    /**
     * A failure with the one that led to it.
     *
     * @param message a sentence without full stop that names the thing and the way out
     * @param cause what led to it, if anything did
     */
    public CommandFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
