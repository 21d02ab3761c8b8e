package io.jbpf.controller.embedded;

import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.MockResponse;

/**
 * What the next request of a kind gets instead of an answer.
 *
 * @param method how it asks
 * @param part what its path and query contain
 * @param code the status that it gets
 * @param reason the same in Kubernetes' words
 */
record Refusal(HttpMethod method, String part, int code, String reason) {
    boolean isOf(HttpMethod asked, String whole) {
        return method == asked && whole.contains(part);
    }

    MockResponse answer() {
        return Answers.failure(code, reason, "refused by the test: " + reason);
    }
}
