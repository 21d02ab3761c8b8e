package io.jbpf.controller.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.mockwebserver.crud.Attribute;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** fabric8's dispatcher with what it lacks put before it. One request at a time, so that each sees whole objects. */
final class ApiDispatcher extends KubernetesCrudDispatcher {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private final List<Refusal> refusals = new ArrayList<>();
    private final Discovery discovery = new Discovery(() -> Json.parse(bodyOf(super.handleGet(DEFINITIONS))));

    synchronized void add(Refusal refusal) {
        refusals.add(refusal);
    }

    private Optional<Refusal> refusalOf(HttpMethod method, String whole) {
        Optional<Refusal> found =
                refusals.stream().filter(each -> each.isOf(method, whole)).findFirst();
        found.ifPresent(refusals::remove);
        return found;
    }

    @Override
    public synchronized MockResponse dispatch(RecordedRequest recorded) {
        ApiRequest request = ApiRequest.of(recorded);
        if (request.contentType().contains("protobuf")) {
            return Answers.failure(
                    Answers.UNSUPPORTED_MEDIA_TYPE,
                    "UnsupportedMediaType",
                    "only JSON and YAML are understood here; send a file (kubectl apply -f)");
        }
        Optional<Refusal> refusal = refusalOf(request.method(), recorded.getPath());
        if (refusal.isPresent()) {
            return refusal.get().answer();
        }
        try {
            return Answers.dressed(answer(request, recorded), request.path());
        } catch (IllegalArgumentException e) {
            return Answers.failure(Answers.BAD_REQUEST, "BadRequest", String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // Without an answer the client would wait for ever.
            return Answers.failure(Answers.INTERNAL_ERROR, "InternalError", e.toString());
        }
    }

    private MockResponse answer(ApiRequest request, RecordedRequest recorded) {
        return switch (request.method()) {
            case GET -> get(request, recorded.getPath());
            case POST -> super.handleCreate(ApiRequest.plain(HttpMethod.POST, request.path(), request.body()));
            case PUT -> super.handleUpdate(ApiRequest.plain(HttpMethod.PUT, request.path(), request.body()));
            case PATCH -> patch(request);
            case DELETE -> delete(request);
            default -> Answers.failure(Answers.BAD_REQUEST, "BadRequest", request.method() + " is not known here");
        };
    }

    private MockResponse get(ApiRequest request, String whole) {
        Optional<ObjectNode> discovered = discovery.answer(request.path());
        if (discovered.isPresent()) {
            return Answers.json(discovered.get());
        }
        if (request.path().startsWith("/openapi")) {
            return Answers.failure(Answers.NOT_FOUND, "NotFound", "only OpenAPI version 3 is served");
        }
        // Without query where it says nothing about which objects are meant: fabric8 would take it for a part of one.
        boolean selects = request.isSet("watch")
                || request.parameter("labelSelector").isPresent()
                || request.parameter("fieldSelector").isPresent();
        MockResponse response = super.handleGet(selects ? whole : request.objectPath());
        Optional<String> limit = request.parameter("limit").filter(text -> !text.equals("0"));
        if (limit.isEmpty() || response.getWebSocketListener() != null || response.code() != Answers.OK) {
            return response;
        }
        ObjectNode list = Json.object(bodyOf(response));
        if (!list.has("items")) {
            return Answers.json(list);
        }
        return Answers.json(Pages.page(
                list,
                Integer.parseInt(limit.get()),
                request.parameter("continue").orElse("")));
    }

    private MockResponse patch(ApiRequest request) {
        String type = request.contentType();
        if (type.startsWith("application/json-patch")) {
            RecordedRequest plain = ApiRequest.plain(HttpMethod.PATCH, request.path(), request.body());
            return super.handlePatch(new RecordedRequest(
                    "HTTP/1.1",
                    HttpMethod.PATCH,
                    request.path(),
                    plain.getHeaders()
                            .newBuilder()
                            .setHeader("Content-Type", type)
                            .build(),
                    plain.getBody()));
        }
        Optional<ObjectNode> current = find(request.objectPath());
        if (type.startsWith("application/apply-patch")) {
            return apply(request, current);
        }
        if (current.isEmpty()) {
            return Answers.failure(Answers.NOT_FOUND, "NotFound", request.path() + " not found");
        }
        // Strategic merge patches too: they differ in lists only, and none here is patched by parts.
        return replace(request, MergePatch.apply(current.get(), Json.parse(request.body())));
    }

    private MockResponse apply(ApiRequest request, Optional<ObjectNode> current) {
        Optional<String> manager = request.parameter("fieldManager");
        if (manager.isEmpty()) {
            return Answers.failure(Answers.BAD_REQUEST, "BadRequest", "fieldManager is required for apply patch");
        }
        if (request.isForStatus() && current.isEmpty()) {
            return Answers.failure(Answers.NOT_FOUND, "NotFound", request.path() + " not found");
        }
        ObjectNode configuration = Json.object(request.body());
        JsonNode expected = Json.metadata(configuration).path("resourceVersion");
        if (!expected.isMissingNode()
                && !expected.equals(
                        Json.metadata(current.orElseGet(Json::object)).path("resourceVersion"))) {
            return Answers.failure(Answers.CONFLICT, "Conflict", "the object has been modified");
        }
        ServerSideApply apply =
                new ServerSideApply(manager.get(), request.isForStatus() ? "status" : "", request.isSet("force"));
        ServerSideApply.Result result = apply.apply(current.orElseGet(() -> identityOf(configuration)), configuration);
        if (!result.conflicts().isEmpty()) {
            return Answers.failure(
                    Answers.CONFLICT, "Conflict", "Apply failed, conflicts: " + String.join("; ", result.conflicts()));
        }
        if (current.isPresent()) {
            return replace(request, result.object());
        }
        String collection = request.path().substring(0, request.path().lastIndexOf('/'));
        return super.handleCreate(ApiRequest.plain(HttpMethod.POST, collection, Json.text(result.object())));
    }

    private static ObjectNode identityOf(ObjectNode configuration) {
        ObjectNode identity = Json.object();
        identity.set("apiVersion", configuration.path("apiVersion"));
        identity.set("kind", configuration.path("kind"));
        ObjectNode metadata = identity.putObject("metadata");
        metadata.put("name", Json.name(configuration));
        if (!Json.namespace(configuration).isEmpty()) {
            metadata.put("namespace", Json.namespace(configuration));
        }
        return identity;
    }

    private MockResponse replace(ApiRequest request, JsonNode object) {
        return super.handleUpdate(ApiRequest.plain(HttpMethod.PUT, request.path(), Json.text(object)));
    }

    private MockResponse delete(ApiRequest request) {
        Optional<ObjectNode> current = find(request.path());
        if (!request.body().isEmpty() && current.isPresent()) {
            JsonNode preconditions = Json.parse(request.body()).path("preconditions");
            for (String field : new String[] {"uid", "resourceVersion"}) {
                JsonNode expected = preconditions.path(field);
                JsonNode actual = Json.metadata(current.get()).path(field);
                if (!expected.isMissingNode() && !expected.isNull() && !expected.equals(actual)) {
                    return Answers.failure(
                            Answers.CONFLICT,
                            "Conflict",
                            "Precondition failed: " + field + " is " + actual + ", not " + expected);
                }
            }
        }
        return super.handleDelete(request.path());
    }

    /** The object at a path; empty if there is none or the path is one of a list. */
    private Optional<ObjectNode> find(String path) {
        MockResponse response = super.handleGet(path);
        if (response.code() != Answers.OK) {
            return Optional.empty();
        }
        ObjectNode object = Json.object(bodyOf(response));
        return object.has("items") ? Optional.empty() : Optional.of(object);
    }

    private static String bodyOf(MockResponse response) {
        return response.getBody() == null ? "{}" : response.getBody().readUtf8();
    }

    /** Objects are found by attributes: those that pods are selected by are added to what fabric8 knows. */
    @Override
    public void processEvent(
            String path,
            AttributeSet pathAttributes,
            @Nullable AttributeSet oldAttributes,
            @Nullable GenericKubernetesResource resource,
            @Nullable String newState) {
        AttributeSet attributes = pathAttributes;
        if (newState != null) {
            JsonNode object = Json.parse(newState);
            attributes = with(attributes, "spec.nodeName", object.path("spec").path("nodeName"));
            attributes = with(attributes, "status.phase", object.path("status").path("phase"));
        }
        super.processEvent(path, attributes, oldAttributes, resource, newState);
    }

    private static AttributeSet with(AttributeSet attributes, String name, JsonNode value) {
        return value.isTextual() ? attributes.add(new Attribute(name, value.asText())) : attributes;
    }
}
