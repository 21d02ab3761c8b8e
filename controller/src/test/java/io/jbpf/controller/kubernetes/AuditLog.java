package io.jbpf.controller.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The audit log of a {@link KubeApiServer}: what service accounts asked for, and what they were answered. */
public final class AuditLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    AuditLog(Path file) {
        this.file = file;
    }

    /**
     * A request about a resource.
     *
     * @param group the API group; empty for the core group
     * @param resource the plural, with its subresource behind a slash if there is one
     * @param namespace the namespace; empty if it was about all of them
     * @param verb as rules name it
     * @param code the HTTP status that was answered
     * @param user who asked
     * @param received when the API server had read the request
     */
    public record Request(
            String group, String resource, String namespace, String verb, int code, String user, Instant received) {
        /** {@return whether the server said that the one who asked may not} */
        public boolean forbidden() {
            return code == HttpURLConnection.HTTP_FORBIDDEN;
        }
    }

    /**
     * What one service account asked for so far.
     *
     * @param user {@code system:serviceaccount:NAMESPACE:NAME}
     * @return the requests about resources, in order
     */
    public List<Request> requestsOf(String user) {
        return requests().stream().filter(request -> request.user.equals(user)).toList();
    }

    /**
     * What service accounts asked for so far.
     *
     * @return the requests about resources, in the order in which they were answered
     */
    public List<Request> requests() {
        if (!Files.exists(file)) {
            // Nobody has asked yet.
            return List.of();
        }
        try {
            // A watch has two lines, of its begin and of its end; both say the same.
            String written = Files.readString(file, StandardCharsets.UTF_8);
            // The last line may be on its way.
            return written.substring(0, written.lastIndexOf('\n') + 1)
                    .lines()
                    .map(AuditLog::parse)
                    .filter(event -> event.has("objectRef"))
                    .map(AuditLog::request)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException("no audit event: " + line, e);
        }
    }

    private static Request request(JsonNode event) {
        JsonNode object = event.path("objectRef");
        String subresource = object.path("subresource").asText();
        return new Request(
                object.path("apiGroup").asText(),
                object.path("resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource),
                object.path("namespace").asText(),
                event.path("verb").asText(),
                event.path("responseStatus").path("code").asInt(),
                event.path("user").path("username").asText(),
                Instant.parse(event.path("requestReceivedTimestamp").asText()));
    }
}
