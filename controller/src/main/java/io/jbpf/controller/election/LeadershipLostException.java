package io.jbpf.controller.election;

/** Something was about to be done that only the leader may do. What it was will be done by whoever leads. */
public final class LeadershipLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LeadershipLostException() {
        super("this process does not lead, or does no longer");
    }
}
