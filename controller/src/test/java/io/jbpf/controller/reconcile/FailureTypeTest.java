package io.jbpf.controller.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTypeTest {
    /** What is not worth being tried for ever counts as a retry; the API server's own trouble does not. */
    @ParameterizedTest
    @CsvSource({
        "0, UNAVAILABLE",
        "400, INVALID",
        "401, FORBIDDEN",
        "403, FORBIDDEN",
        "404, NOT_FOUND",
        "405, INVALID",
        "408, UNAVAILABLE",
        "409, CONFLICT",
        "410, NOT_FOUND",
        "413, INVALID",
        "415, INVALID",
        "422, INVALID",
        "429, TOO_MANY_REQUESTS",
        "500, UNAVAILABLE",
        "503, UNAVAILABLE",
        "504, UNAVAILABLE"
    })
    void isToldByTheCode(int code, FailureType type) {
        assertThat(FailureType.of(new KubernetesClientException(
                        new StatusBuilder().withCode(code).build())))
                .isEqualTo(type);
    }
}
