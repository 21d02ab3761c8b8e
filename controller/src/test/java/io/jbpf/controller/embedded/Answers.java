package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.mockwebserver.http.MockResponse;

/** Responses as Kubernetes gives them; failures are {@code Status} objects. */
final class Answers {
    static final int OK = 200;
    private static final int ACCEPTED = 202;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int CONFLICT = 409;
    static final int UNSUPPORTED_MEDIA_TYPE = 415;
    static final int INTERNAL_ERROR = 500;
    private static final int FIRST_FAILURE = 400;

    private Answers() {}

    static MockResponse json(int code, String body) {
        return new MockResponse()
                .setResponseCode(code)
                .setHeader("Content-Type", "application/json")
                .setBody(body);
    }

    static MockResponse json(JsonNode body) {
        return json(OK, Json.text(body));
    }

    static MockResponse failure(int code, String reason, String message) {
        ObjectNode status = Json.object();
        status.put("kind", "Status").put("apiVersion", "v1").put("status", "Failure");
        status.put("message", message).put("reason", reason).put("code", code);
        status.putObject("metadata");
        return json(code, Json.text(status));
    }

    /** Gives fabric8's bare responses the type and, for failures without a body, the object that clients expect. */
    static MockResponse dressed(MockResponse response, String path) {
        if (response.getWebSocketListener() != null) {
            return response;
        }
        boolean empty = response.getBody() == null || response.getBody().size() == 0;
        if (empty && response.code() >= FIRST_FAILURE) {
            return failure(response.code(), response.code() == NOT_FOUND ? "NotFound" : "Unknown", path + " not found");
        }
        if (response.code() == ACCEPTED) {
            response.setResponseCode(OK);
        }
        return response.setHeader("Content-Type", "application/json");
    }
}
