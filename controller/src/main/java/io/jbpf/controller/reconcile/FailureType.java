package io.jbpf.controller.reconcile;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.election.LeadershipLostException;
import java.net.HttpURLConnection;

/** Why something was not reconciled: few and fixed, for they are values of a metric's label. */
enum FailureType {
    /** The object changed between reading and writing it. Its new state is on the way, or here. */
    CONFLICT("conflict", true),
    /** The object, its namespace or the resource itself is gone. */
    NOT_FOUND("not_found", true),
    /** The API server does not allow it: RBAC, or a namespace that is being deleted. */
    FORBIDDEN("forbidden", true),
    /** The API server takes the object, or the request, for wrong. */
    INVALID("invalid", true),
    /** The API server has too much to do, and may have said when to come again. */
    TOO_MANY_REQUESTS("too_many_requests", true),
    /** The API server cannot be reached, does not answer in time, or fails itself. */
    UNAVAILABLE("unavailable", true),
    /** It took longer than it may and was interrupted. */
    TIMEOUT("timeout", true),
    /** Leadership ended in the middle of it. */
    NOT_LEADING("not_leading", true),
    /** Nobody expected it. */
    INTERNAL("internal", false);

    private static final int TOO_MANY = 429;
    private static final int CLIENT_ERRORS = 4;
    private static final int CLASS = 100;

    private final String word;
    private final boolean expected;

    FailureType(String word, boolean expected) {
        this.word = word;
        this.expected = expected;
    }

    /** The value of the label {@code error_type}. */
    String word() {
        return word;
    }

    /** Whether a sentence says all; else where it happened is told, too. */
    boolean expected() {
        return expected;
    }

    /** Whether it says nothing about what was to be reconciled: then it does not use up the retries. */
    boolean passing() {
        return this == UNAVAILABLE || this == TOO_MANY_REQUESTS || this == NOT_LEADING;
    }

    static FailureType of(RuntimeException failure) {
        if (failure instanceof LeadershipLostException) {
            return NOT_LEADING;
        }
        if (!(failure instanceof KubernetesClientException client)) {
            return INTERNAL;
        }
        return switch (client.getCode()) {
            case HttpURLConnection.HTTP_CONFLICT -> CONFLICT;
            case HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_GONE -> NOT_FOUND;
            case HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_UNAUTHORIZED -> FORBIDDEN;
            case HttpURLConnection.HTTP_CLIENT_TIMEOUT -> UNAVAILABLE;
            case TOO_MANY -> TOO_MANY_REQUESTS;
            // 0 is no answer at all. What else is the client's fault will be so again: 400, 413, 422 and the like.
            default -> isClientError(client.getCode()) ? INVALID : UNAVAILABLE;
        };
    }

    private static boolean isClientError(int code) {
        return code / CLASS == CLIENT_ERRORS;
    }
}
