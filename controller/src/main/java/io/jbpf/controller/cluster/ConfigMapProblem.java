package io.jbpf.controller.cluster;

/**
 * Why a pod's ConfigMap is not there although it should be.
 *
 * @param reason one of the constants, a condition's reason
 * @param message a part of a sentence
 */
public record ConfigMapProblem(String reason, String message) {
    /** Somebody else has a ConfigMap of that name. */
    public static final String NOT_OURS = "ConfigMapNotOurs";

    /** No ConfigMap may be that large. */
    public static final String TOO_LARGE = "ConfigMapTooLarge";

    /** The API server refuses it or does not answer; it is tried again. */
    public static final String NOT_WRITTEN = "ConfigMapNotWritten";
}
