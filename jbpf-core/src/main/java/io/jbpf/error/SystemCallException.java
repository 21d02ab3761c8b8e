package io.jbpf.error;

import java.util.Objects;

/**
 * The kernel refused a system call. The message reads
 * "cannot <i>activity</i>: <i>call</i>: <i>errno</i> (<i>its meaning</i>)<i>; hint</i>".
 */
public final class SystemCallException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final Errno errno;
    private final String activity;
    private final String hint;

    /**
     * A refused call without advice.
     *
     * @param activity what was being done, to follow "cannot": {@code create map 'events'}
     * @param call the system call as the manual names it: {@code bpf(BPF_MAP_CREATE)}
     * @param errno what the kernel answered
     */
    public SystemCallException(String activity, String call, Errno errno) {
        this(activity, call, errno, "");
    }

    /**
     * A refused call and the way out.
     *
     * @param activity what was being done, to follow "cannot": {@code create map 'events'}
     * @param call the system call as the manual names it: {@code bpf(BPF_MAP_CREATE)}
     * @param errno what the kernel answered
     * @param hint the likely cause or the way out, empty if nothing is known
     */
    public SystemCallException(String activity, String call, Errno errno, String hint) {
        super("cannot " + activity + ": " + call + ": " + errno + suffix(hintOr(errno, hint)));
        this.activity = activity;
        this.call = call;
        this.errno = Objects.requireNonNull(errno);
        this.hint = hintOr(errno, hint);
    }

    private static String hintOr(Errno errno, String hint) {
        return hint.isEmpty() ? errno.remedy() : hint;
    }

    private static String suffix(String hint) {
        return hint.isEmpty() ? "" : "; " + hint;
    }

    /** {@return what was being done, as it follows "cannot"} */
    public String activity() {
        return activity;
    }

    /** {@return the system call, as the manual names it} */
    public String call() {
        return call;
    }

    /** {@return what the kernel answered} */
    public Errno errno() {
        return errno;
    }

    /** {@return the likely cause or the way out, empty if nothing is known} */
    public String hint() {
        return hint;
    }
}
