package io.jbpf.error;

/**
 * The kernel's verifier refused a program. The message is the summary: the program, the errno, the verifier's last
 * words and the source line they belong to. The whole log stays at hand in {@link #log()} however often the exception
 * is wrapped.
 */
public final class VerifierException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String program;
    private final Errno errno;
    private final String summary;
    private final String sourceLine;
    private final String log;

    /**
     * A refused program.
     *
     * @param program the program's name
     * @param errno what bpf(BPF_PROG_LOAD) answered
     * @param summary the verifier's complaint, one line
     * @param sourceLine the C line the complaint belongs to, empty if the object carries no line info
     * @param log everything the verifier printed
     */
    public VerifierException(String program, Errno errno, String summary, String sourceLine, String log) {
        super("the verifier refuses program '" + program + "': " + summary
                + (sourceLine.isEmpty() ? "" : " [at: " + sourceLine + "]") + " (" + errno + ")");
        this.program = program;
        this.errno = errno;
        this.summary = summary;
        this.sourceLine = sourceLine;
        this.log = log;
    }

    /** {@return the program's name} */
    public String program() {
        return program;
    }

    /** {@return what bpf(BPF_PROG_LOAD) answered} */
    public Errno errno() {
        return errno;
    }

    /** {@return the verifier's complaint, one line} */
    public String summary() {
        return summary;
    }

    /** {@return the C line the complaint belongs to, empty if the object carries no line info} */
    public String sourceLine() {
        return sourceLine;
    }

    /** {@return everything the verifier printed} */
    public String log() {
        return log;
    }
}
