package io.jbpf.controller.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.Serialization;

/** Bodies of requests and responses as trees. */
final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Reads JSON or YAML; apply patches may be either. */
    static JsonNode parse(String text) {
        try {
            return text.stripLeading().startsWith("{")
                    ? MAPPER.readTree(text)
                    : MAPPER.valueToTree(Serialization.unmarshal(text, Object.class));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the body is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Reads what must be an object. */
    static ObjectNode object(String text) {
        if (parse(text) instanceof ObjectNode object) {
            return object;
        }
        throw new IllegalArgumentException("the body is not an object");
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static String text(JsonNode node) {
        return node.toString();
    }

    static JsonNode metadata(JsonNode object) {
        return object.path("metadata");
    }

    static String name(JsonNode object) {
        return metadata(object).path("name").asText();
    }

    static String namespace(JsonNode object) {
        return metadata(object).path("namespace").asText();
    }
}
