package io.jbpf.controller.embedded;

import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A request, its path and its query apart. The body can be read once only in the original; here as often as wanted. */
record ApiRequest(HttpMethod method, String path, Map<String, String> query, String contentType, String body) {
    private static final String STATUS = "/status";

    static ApiRequest of(RecordedRequest request) {
        String whole = request.getPath();
        int mark = whole.indexOf('?');
        String path = mark < 0 ? whole : whole.substring(0, mark);
        Map<String, String> query = new LinkedHashMap<>();
        if (mark >= 0) {
            for (String pair : whole.substring(mark + 1).split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    query.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
                }
            }
        }
        String type = request.getHeader("Content-Type");
        String body = request.getBody() == null ? "" : request.getBody().readUtf8();
        return new ApiRequest(request.method(), path, query, type == null ? "" : type, body);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name));
    }

    boolean isSet(String name) {
        return parameter(name)
                .filter(value -> value.equals("true") || value.equals("1"))
                .isPresent();
    }

    boolean isForStatus() {
        return path.endsWith(STATUS);
    }

    /** The path of the object itself. */
    String objectPath() {
        return isForStatus() ? path.substring(0, path.length() - STATUS.length()) : path;
    }

    /** A request for fabric8's dispatcher, which takes a query for a part of the path. */
    static RecordedRequest plain(HttpMethod method, String path, String body) {
        Headers headers =
                Headers.builder().add("Content-Type", "application/json").build();
        return new RecordedRequest(
                "HTTP/1.1", method, path, headers, new Buffer(body.getBytes(StandardCharsets.UTF_8)));
    }
}
