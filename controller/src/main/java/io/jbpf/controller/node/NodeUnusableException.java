package io.jbpf.controller.node;

import org.jspecify.annotations.Nullable;

/** What is pinned on this node cannot be worked with as a whole. The message is a sentence that says what to do. */
public final class NodeUnusableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Describes it.
     *
     * @param message a whole sentence
     * @param cause what led to it, if anything did
     */
    public NodeUnusableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
