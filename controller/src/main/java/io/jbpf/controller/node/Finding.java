package io.jbpf.controller.node;

import java.util.Optional;

/**
 * What came of looking for something of a pod's.
 *
 * @param <T> what was looked for
 */
public sealed interface Finding<T> {
    /**
     * It is there.
     *
     * @param <T> what was looked for
     * @param value what was found
     */
    record Found<T>(T value) implements Finding<T> {}

    /**
     * It is not there, and need not be yet: the pod is about to start, or has ended.
     *
     * @param <T> what was looked for
     * @param message a sentence about what is waited for
     */
    record NotYet<T>(String message) implements Finding<T> {}

    /**
     * It cannot be had, and somebody has to do something about it.
     *
     * @param <T> what was looked for
     * @param type what kind of failure
     * @param message a sentence that says what to do
     */
    record Refused<T>(ProgramErrorType type, String message) implements Finding<T> {}

    /** {@return what was found, if it was} */
    default Optional<T> found() {
        return this instanceof Found<T> found ? Optional.of(found.value()) : Optional.empty();
    }
}
