package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * As much of OpenAPI 3 as kubectl asks for before it applies anything: that each resource can be patched and that the
 * server, not kubectl, checks the fields. (This server accepts all of them.)
 */
final class OpenApi {
    private static final String ROOT = "/openapi/v3";

    private OpenApi() {}

    static Optional<ObjectNode> answer(String path, List<ServedResource> resources) {
        if (path.equals(ROOT)) {
            ObjectNode root = Json.object();
            ObjectNode paths = root.putObject("paths");
            for (ServedResource resource : resources) {
                paths.putObject(resource.groupPath()).put("serverRelativeURL", ROOT + "/" + resource.groupPath());
            }
            return Optional.of(root);
        }
        if (!path.startsWith(ROOT + "/")) {
            return Optional.empty();
        }
        String groupPath = path.substring(ROOT.length() + 1);
        ObjectNode document = Json.object().put("openapi", "3.0.0");
        document.putObject("info").put("title", "embedded").put("version", "v1");
        ObjectNode paths = document.putObject("paths");
        for (ServedResource resource : resources) {
            if (resource.groupPath().equals(groupPath)) {
                String scope = resource.namespaced() ? "/namespaces/{namespace}/" : "/";
                describe(paths.putObject("/" + groupPath + scope + resource.plural() + "/{name}"), resource);
            }
        }
        return Optional.of(document);
    }

    private static void describe(ObjectNode path, ServedResource resource) {
        ObjectNode patch = path.putObject("patch");
        patch.putObject("x-kubernetes-group-version-kind")
                .put("group", resource.group())
                .put("version", resource.version())
                .put("kind", resource.kind());
        patch.putArray("parameters")
                .addObject()
                .put("name", "fieldValidation")
                .put("in", "query")
                .putObject("schema")
                .put("type", "string");
        patch.putObject("responses");
    }
}
