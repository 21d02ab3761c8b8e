package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object as paths, and as the tree of {@code f:name} keys that {@code metadata.managedFields} holds.
 * Lists are one field each, whatever is in them.
 */
final class FieldPaths {
    /** What names an object, or is the server's to set, is nobody's field. */
    private static final Set<List<String>> NOBODYS = Set.of(
            List.of("apiVersion"),
            List.of("kind"),
            List.of("metadata", "name"),
            List.of("metadata", "namespace"),
            List.of("metadata", "uid"),
            List.of("metadata", "resourceVersion"),
            List.of("metadata", "generation"),
            List.of("metadata", "creationTimestamp"),
            List.of("metadata", "managedFields"));

    private FieldPaths() {}

    static Set<List<String>> of(JsonNode object) {
        Set<List<String>> paths = new LinkedHashSet<>();
        leaves(object, List.of(), paths);
        return paths;
    }

    private static void leaves(JsonNode node, List<String> path, Set<List<String>> paths) {
        if (NOBODYS.contains(path)) {
            return;
        }
        if (node instanceof ObjectNode object && !object.isEmpty()) {
            object.properties().forEach(field -> leaves(field.getValue(), child(path, field.getKey()), paths));
        } else if (!path.isEmpty() && !node.isNull()) {
            paths.add(path);
        }
    }

    private static List<String> child(List<String> path, String name) {
        List<String> longer = new ArrayList<>(path);
        longer.add(name);
        return List.copyOf(longer);
    }

    static @Nullable JsonNode get(JsonNode object, List<String> path) {
        JsonNode node = object;
        for (String name : path) {
            node = node.path(name);
        }
        return node.isMissingNode() ? null : node;
    }

    static void set(ObjectNode object, List<String> path, JsonNode value) {
        ObjectNode parent = object;
        for (String name : path.subList(0, path.size() - 1)) {
            parent = parent.get(name) instanceof ObjectNode child ? child : parent.putObject(name);
        }
        parent.set(path.get(path.size() - 1), value.deepCopy());
    }

    /** Removes a field, and the objects that are empty without it. */
    static void remove(ObjectNode object, List<String> path) {
        if (path.size() == 1) {
            object.remove(path.get(0));
        } else if (object.get(path.get(0)) instanceof ObjectNode child) {
            remove(child, path.subList(1, path.size()));
            if (child.isEmpty()) {
                object.remove(path.get(0));
            }
        }
    }

    static ObjectNode toFieldsV1(Set<List<String>> paths) {
        ObjectNode root = Json.object();
        for (List<String> path : paths) {
            ObjectNode node = root;
            for (String name : path) {
                node = node.get("f:" + name) instanceof ObjectNode child ? child : node.putObject("f:" + name);
            }
        }
        return root;
    }

    static Set<List<String>> fromFieldsV1(JsonNode fields) {
        Set<List<String>> paths = new LinkedHashSet<>();
        walk(fields, List.of(), paths);
        return paths;
    }

    private static void walk(JsonNode node, List<String> path, Set<List<String>> paths) {
        if (node.isEmpty()) {
            if (!path.isEmpty()) {
                paths.add(path);
            }
            return;
        }
        node.properties().forEach(field -> {
            String name = field.getKey().startsWith("f:") ? field.getKey().substring(2) : field.getKey();
            walk(field.getValue(), child(path, name), paths);
        });
    }
}
