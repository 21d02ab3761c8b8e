package io.jbpf.cli.output;

/**
 * Standard output takes no more, so a command that would go on showing things has to end. Why it does not is known to
 * {@link StandardOutput}.
 */
public final class OutputFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The end of the output. */
    public OutputFailure() {
        super("cannot write to standard output");
    }
}
