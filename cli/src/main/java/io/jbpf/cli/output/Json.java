package io.jbpf.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Records as JSON: a component {@code mapIds} becomes a field {@code map_ids}, the way bpftool writes its own. A list
 * becomes an array with one element a line, which is one JSON document and still good to grep; a stream of results
 * becomes one object a line.
 */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private Json() {}

    /** {@return the record on one line} */
    public static String line(Object model) {
        try {
            return MAPPER.writeValueAsString(model);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a model: " + model.getClass(), e);
        }
    }

    /** {@return the records as one array, one to a line} */
    public static String array(List<?> models) {
        if (models.isEmpty()) {
            return "[]";
        }
        return models.stream().map(Json::line).collect(Collectors.joining(",\n", "[\n", "\n]"));
    }
}
