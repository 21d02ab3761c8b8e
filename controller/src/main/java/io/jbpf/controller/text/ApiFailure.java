package io.jbpf.controller.text;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the API server said. */
public final class ApiFailure {
    private ApiFailure() {}

    /**
     * What the API server said, or what kept us from asking; without the request that fabric8 puts before it.
     *
     * @param failure of a request, or of anything else
     * @return one line for a log, a condition or an event
     */
    public static String sentence(RuntimeException failure) {
        if (failure instanceof KubernetesClientException client) {
            Status status = client.getStatus();
            if (status != null && status.getMessage() != null) {
                return status.getMessage();
            }
        }
        Throwable cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : cause.toString();
    }
}
