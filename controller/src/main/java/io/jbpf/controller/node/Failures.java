package io.jbpf.controller.node;

import io.jbpf.error.UnsupportedFeatureException;

/** Failures of the library as failures of a pod's program. */
final class Failures {
    private Failures() {}

    /**
     * A failure that keeps the library's sentence.
     *
     * @param otherwise what kind it is unless the kernel lacks a feature
     * @param consequence what it means for the pod, the beginning of a sentence
     */
    static ProgramException of(
            ProgramType program, ProgramErrorType otherwise, String consequence, RuntimeException cause) {
        ProgramErrorType type = cause instanceof UnsupportedFeatureException ? ProgramErrorType.UNSUPPORTED : otherwise;
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : firstLine(cause.getMessage());
        return new ProgramException(
                program, type, consequence + ": " + message + (message.endsWith(".") ? "" : "."), cause);
    }

    /** A verifier's log is for the log, not for a condition. */
    private static String firstLine(String message) {
        return message.lines().findFirst().orElse(message);
    }
}
