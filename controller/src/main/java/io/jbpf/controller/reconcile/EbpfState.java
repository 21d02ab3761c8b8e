package io.jbpf.controller.reconcile;

import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramType;

/** How it stands with the programs of one pod. */
public sealed interface EbpfState {
    /** No program is asked for, or the pod has ended. */
    record NotWanted() implements EbpfState {}

    /** It has every program that is asked for. */
    record Attached() implements EbpfState {}

    /**
     * It runs on a node that no controller of ours covers.
     *
     * @param node the node's name; empty while the pod has none
     */
    record NotCovered(String node) implements EbpfState {}

    /**
     * It has not started yet.
     *
     * @param message a sentence about what is waited for
     */
    record Waiting(String message) implements EbpfState {}

    /**
     * A program is not as it should be.
     *
     * @param program which program
     * @param type what kind of failure
     * @param message a sentence about it
     */
    record Failed(ProgramType program, ProgramErrorType type, String message) implements EbpfState {}
}
