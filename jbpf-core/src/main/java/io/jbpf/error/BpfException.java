package io.jbpf.error;

import org.jspecify.annotations.Nullable;

/**
 * The root of all that jbpf throws for a condition outside the calling program: one {@code catch} for "BPF did not
 * work". Its message is a sentence that names the thing and, where there is one, the way out.
 */
public class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure explained by its message alone.
     *
     * @param message a whole sentence that names the thing
     */
    public BpfException(String message) {
        super(message);
    }

    /**
     * A failure with the one that led to it.
     *
     * @param message a whole sentence that names the thing
     * @param cause what led to it, if anything did
     */
    public BpfException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
