package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What kubectl asks before anything else: versions, groups and the resources of each, custom ones as they are made. */
final class Discovery {
    private static final List<ServedResource> BUILT_IN = List.of(
            new ServedResource("", "v1", "Pod", "pods", "po", true),
            new ServedResource("", "v1", "ConfigMap", "configmaps", "cm", true),
            new ServedResource("", "v1", "Event", "events", "ev", true),
            new ServedResource("", "v1", "Namespace", "namespaces", "ns", false),
            new ServedResource("", "v1", "Node", "nodes", "no", false),
            new ServedResource("coordination.k8s.io", "v1", "Lease", "leases", "", true),
            new ServedResource(
                    "apiextensions.k8s.io",
                    "v1",
                    "CustomResourceDefinition",
                    "customresourcedefinitions",
                    "crd",
                    false));

    private final Supplier<JsonNode> customResourceDefinitions;

    Discovery(Supplier<JsonNode> customResourceDefinitions) {
        this.customResourceDefinitions = customResourceDefinitions;
    }

    /** Answers a path of discovery; empty for every other. */
    Optional<ObjectNode> answer(String path) {
        String[] parts = path.replaceAll("^/|/$", "").split("/", -1);
        return switch (parts[0]) {
            case "openapi" -> OpenApi.answer(path, all());
            case "version" ->
                Optional.of(Json.object().put("major", "1").put("minor", "32").put("gitVersion", "v1.32.0-embedded"));
            case "api" ->
                parts.length == 1
                        ? Optional.of(coreVersions())
                        : parts.length == 2 ? Optional.of(resources("", parts[1])) : Optional.empty();
            case "apis" ->
                switch (parts.length) {
                    case 1 -> Optional.of(groups());
                    case 2 -> Optional.of(group(parts[1]));
                    case 3 -> Optional.of(resources(parts[1], parts[2]));
                    default -> Optional.empty();
                };
            default -> Optional.empty();
        };
    }

    private static ObjectNode coreVersions() {
        ObjectNode versions = Json.object().put("kind", "APIVersions");
        versions.putArray("versions").add("v1");
        return versions;
    }

    private ObjectNode groups() {
        ObjectNode list = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
        ArrayNode groups = list.putArray("groups");
        Set<String> names = new LinkedHashSet<>();
        all().forEach(resource -> names.add(resource.group()));
        names.remove("");
        names.forEach(name -> groups.add(group(name)));
        return list;
    }

    private ObjectNode group(String name) {
        ObjectNode group =
                Json.object().put("kind", "APIGroup").put("apiVersion", "v1").put("name", name);
        Set<String> versions = new LinkedHashSet<>();
        all().stream()
                .filter(resource -> resource.group().equals(name))
                .forEach(resource -> versions.add(resource.version()));
        ArrayNode entries = group.putArray("versions");
        for (String version : versions) {
            entries.addObject().put("groupVersion", name + "/" + version).put("version", version);
        }
        if (!entries.isEmpty()) {
            group.set("preferredVersion", entries.get(0));
        }
        return group;
    }

    private ObjectNode resources(String group, String version) {
        ObjectNode list = Json.object()
                .put("kind", "APIResourceList")
                .put("apiVersion", "v1")
                .put("groupVersion", group.isEmpty() ? version : group + "/" + version);
        ArrayNode resources = list.putArray("resources");
        for (ServedResource resource : all()) {
            if (resource.group().equals(group) && resource.version().equals(version)) {
                ObjectNode entry = resources.addObject();
                entry.put("name", resource.plural())
                        .put("singularName", resource.kind().toLowerCase(java.util.Locale.ROOT));
                entry.put("namespaced", resource.namespaced()).put("kind", resource.kind());
                ArrayNode verbs = entry.putArray("verbs");
                List.of("create", "delete", "get", "list", "patch", "update", "watch")
                        .forEach(verbs::add);
                if (!resource.shortName().isEmpty()) {
                    entry.putArray("shortNames").add(resource.shortName());
                }
            }
        }
        return list;
    }

    /** Everything that is served now. */
    List<ServedResource> all() {
        List<ServedResource> all = new ArrayList<>(BUILT_IN);
        for (JsonNode definition : customResourceDefinitions.get().path("items")) {
            JsonNode spec = definition.path("spec");
            JsonNode names = spec.path("names");
            for (JsonNode version : spec.path("versions")) {
                all.add(new ServedResource(
                        spec.path("group").asText(),
                        version.path("name").asText(),
                        names.path("kind").asText(),
                        names.path("plural").asText(),
                        names.path("shortNames").path(0).asText(),
                        spec.path("scope").asText().equals("Namespaced")));
            }
        }
        return all;
    }
}
