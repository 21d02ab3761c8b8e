package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Server-side apply: the manager's fields become those of its configuration. What it had applied before and leaves out
 * now goes, unless another manager has it too; what it never applied is left alone; what another manager has with
 * another value is a conflict unless it is forced.
 */
final class ServerSideApply {
    private static final String MANAGED_FIELDS = "managedFields";

    private final String manager;
    private final String subresource;
    private final boolean force;

    ServerSideApply(String manager, String subresource, boolean force) {
        this.manager = manager;
        this.subresource = subresource;
        this.force = force;
    }

    /** What came of it: the object, or the managers that are in the way. */
    record Result(ObjectNode object, List<String> conflicts) {}

    Result apply(ObjectNode current, ObjectNode configuration) {
        ObjectNode result = current.deepCopy();
        Map<String, Set<List<String>>> owners = owners(current);
        String me = key(manager, subresource);
        Set<List<String>> mine = FieldPaths.of(configuration);
        List<String> conflicts = new ArrayList<>();
        owners.forEach((owner, fields) -> {
            if (!owner.equals(me)) {
                Set<List<String>> disputed = new LinkedHashSet<>(fields);
                disputed.retainAll(mine);
                disputed.removeIf(path -> same(current, configuration, path));
                if (!disputed.isEmpty()) {
                    conflicts.add(owner + " with " + disputed);
                    fields.removeAll(disputed);
                }
            }
        });
        if (!conflicts.isEmpty() && !force) {
            return new Result(current, conflicts);
        }
        for (List<String> dropped : owners.getOrDefault(me, Set.of())) {
            boolean othersToo = owners.entrySet().stream()
                    .anyMatch(owner ->
                            !owner.getKey().equals(me) && owner.getValue().contains(dropped));
            if (!mine.contains(dropped) && !othersToo) {
                FieldPaths.remove(result, dropped);
            }
        }
        for (List<String> path : mine) {
            JsonNode value = FieldPaths.get(configuration, path);
            if (value != null) {
                FieldPaths.set(result, path, value);
            }
        }
        owners.put(me, mine);
        write(result, owners);
        return new Result(result, List.of());
    }

    private static boolean same(ObjectNode current, ObjectNode configuration, List<String> path) {
        JsonNode value = FieldPaths.get(configuration, path);
        return value != null && value.equals(FieldPaths.get(current, path));
    }

    private static String key(String manager, String subresource) {
        return subresource.isEmpty() ? manager : manager + "/" + subresource;
    }

    private static Map<String, Set<List<String>>> owners(ObjectNode object) {
        Map<String, Set<List<String>>> owners = new LinkedHashMap<>();
        for (JsonNode entry : Json.metadata(object).path(MANAGED_FIELDS)) {
            owners.put(
                    key(
                            entry.path("manager").asText(),
                            entry.path("subresource").asText()),
                    FieldPaths.fromFieldsV1(entry.path("fieldsV1")));
        }
        return owners;
    }

    private static void write(ObjectNode object, Map<String, Set<List<String>>> owners) {
        ObjectNode metadata =
                object.get("metadata") instanceof ObjectNode existing ? existing : object.putObject("metadata");
        ArrayNode entries = metadata.putArray(MANAGED_FIELDS);
        owners.forEach((owner, fields) -> {
            if (!fields.isEmpty()) {
                int slash = owner.indexOf('/');
                ObjectNode entry = entries.addObject();
                entry.put("manager", slash < 0 ? owner : owner.substring(0, slash));
                entry.put("operation", "Apply");
                entry.set("apiVersion", object.path("apiVersion"));
                entry.put("fieldsType", "FieldsV1");
                entry.set("fieldsV1", FieldPaths.toFieldsV1(fields));
                if (slash >= 0) {
                    entry.put("subresource", owner.substring(slash + 1));
                }
            }
        });
    }
}
