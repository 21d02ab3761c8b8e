package io.jbpf.controller.election;

/**
 * Told of what an election comes to, in order and by one thread. What it does must not take long, and must not rely on
 * being told in time: {@link Leadership#isHeld()} is right before any of this is called.
 */
public interface ElectionListener {
    /** This process leads from now on. */
    void began();

    /**
     * This process leads no longer.
     *
     * @param why a part of a sentence
     */
    void ended(String why);

    /**
     * Somebody else leads.
     *
     * @param identity who: {@code <node>/<pod>}
     */
    void otherLeads(String identity);
}
