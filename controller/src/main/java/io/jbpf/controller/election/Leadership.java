package io.jbpf.controller.election;

/**
 * Whether this process may act. Asked before each thing done, not once: it ends by itself when time has passed, also while
 * the process was stopped.
 */
@FunctionalInterface
public interface Leadership {
    /** That of a process that has nobody beside it. */
    Leadership ALWAYS = () -> true;

    /**
     * Whether this process may act now.
     *
     * @return true only if no other may
     */
    boolean isHeld();

    /**
     * Stops whoever acts without leadership.
     *
     * @throws LeadershipLostException if it is not held
     */
    default void require() {
        if (!isHeld()) {
            throw new LeadershipLostException();
        }
    }
}
