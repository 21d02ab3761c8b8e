package io.jbpf.cli.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.jbpf.inspect.MapDump;
import io.jbpf.value.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An element of a map as {@code jbpf inspect map --dump -o json} shows it. A value of a known type has the shape of {@code
 * bpftool map dump}; one of no known type is its bytes in hexadecimal.
 *
 * @param key its key
 * @param value its value; null of a per-CPU map
 * @param values of a per-CPU map, those of all possible CPUs; else null
 */
record MapElement(
        Object key,
        @JsonInclude(Include.NON_NULL) @Nullable Object value,
        @JsonInclude(Include.NON_NULL) @Nullable List<Object> values) {
    static MapElement of(MapDump.Entry entry, boolean perCpu) {
        List<Object> values = entry.values().stream().map(Value::plain).toList();
        return perCpu
                ? new MapElement(entry.key().plain(), null, values)
                : new MapElement(entry.key().plain(), values.get(0), null);
    }
}
