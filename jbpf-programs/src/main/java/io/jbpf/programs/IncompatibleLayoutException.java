package io.jbpf.programs;

import io.jbpf.error.BpfException;

/** What is pinned was made by a version of jbpf that keeps its maps in a way that this one does not know. */
public final class IncompatibleLayoutException extends BpfException {
    private static final long serialVersionUID = 1L;

    private final int pinned;
    private final int known;

    IncompatibleLayoutException(String what, int pinned, int known) {
        super("the " + what + " has maps of layout " + pinned + ", this version of jbpf knows layout " + known
                + (pinned > known
                        ? "; a newer version made it: take it up with that, or remove it with that and attach anew"
                        : pinned > 0
                                ? "; an older version made it: remove it with that and attach anew"
                                : "; the pins are damaged"));
        this.pinned = pinned;
        this.known = known;
    }

    /** {@return the layout's version that is pinned} */
    public int pinned() {
        return pinned;
    }

    /** {@return the version that this jbpf knows} */
    public int known() {
        return known;
    }
}
