package io.jbpf.cli;

/** The exit statuses, as {@code --help} explains them. */
public final class ExitStatus {
    /** All was done that was asked for; also when ctrl-C or SIGTERM ended a command that runs until then. */
    public static final int DONE = 0;

    /** It could not be done; standard error says what and why. */
    public static final int FAILED = 1;

    /** The command line is wrong; nothing was tried. */
    public static final int USAGE = 2;

    private ExitStatus() {}
}
