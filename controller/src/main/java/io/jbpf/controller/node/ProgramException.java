package io.jbpf.controller.node;

import org.jspecify.annotations.Nullable;

/** A program of one pod that is not as it should be. The message is a sentence for the condition that reports it. */
public final class ProgramException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProgramType program;
    private final ProgramErrorType type;

    /**
     * A failure.
     *
     * @param program which program
     * @param type what kind of failure
     * @param message a whole sentence
     * @param cause what led to it, if anything did
     */
    public ProgramException(ProgramType program, ProgramErrorType type, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.program = program;
        this.type = type;
    }

    /**
     * Which program.
     *
     * @return the program
     */
    public ProgramType program() {
        return program;
    }

    /**
     * What kind of failure.
     *
     * @return the kind
     */
    public ProgramErrorType type() {
        return type;
    }
}
