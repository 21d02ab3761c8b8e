package io.jbpf.controller.node;

/**
 * What becomes of all that is ours in this node's kernel as leadership comes and goes. Called by one thread at a time, never
 * while a program is attached or taken away.
 */
public interface NodeTenure {
    /** This process sees to the node from now on: it goes on with what an earlier one left. */
    void begin();

    /** Another process on this node sees to it from now on: all stays in force, and this process lets go of it. */
    void leaveInPlace();

    /** No process sees to this node from now on: all that is ours is taken away, also what an earlier process left. */
    void removeAll();
}
