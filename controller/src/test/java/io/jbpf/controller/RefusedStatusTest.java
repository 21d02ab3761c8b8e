package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A config from before the schema: the API server takes no status of an object that it would not let in today. */
@RealApiServer
class RefusedStatusTest {
    /** 422 where a value does not fit; 500 where not even the type does. */
    private static final int REFUSED = 400;

    private static final String NO_OBJECT = "no-object";
    private static final String NO_OBJECT_SPEC = "ebpfConfig: [not, even, an, object]";
    private static final String NO_PORT = "no-port";
    private static final String NO_PORT_SPEC = "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [70000]}}";
    private static final int UNPROCESSABLE = 422;
    private static final Path DEFINITION = Path.of("..", "deploy", "crd.yaml");
    private static final Pattern LOOKED_AT = Pattern.compile(
            "reconciliation_duration_seconds_count\\{namespace=\"default\",resource_type=\"podconfigmapconfig\"\\} (\\d+)");
    private static final String USER =
            "system:serviceaccount:" + RealKubernetes.NAMESPACE + ":" + RealKubernetes.SERVICE_ACCOUNT;

    @TempDir
    private Path directory;

    private final KubeApiServer server;
    private final RealKubernetes kubernetes;
    private KubernetesClient admin;
    private KubernetesClient controllerClient;

    RefusedStatusTest(KubeApiServer server) {
        this.server = server;
        this.kubernetes = RealKubernetes.on(server);
    }

    @BeforeEach
    void connect() {
        admin = kubernetes.client();
        try (KubernetesClient client = kubernetes.controllerClient()) {
            // Else the client itself tries a 500 again.
            controllerClient = new KubernetesClientBuilder()
                    .withConfig(new ConfigBuilder(client.getConfiguration())
                            .withRequestRetryBackoffLimit(0)
                            .build())
                    .build();
        }
    }

    private void storeFromBeforeTheSchema() throws IOException {
        Path unchecked = Files.writeString(
                directory.resolve("unchecked.yaml"),
                Files.readString(DEFINITION)
                        .replaceAll(
                                "(?s)openAPIV3Schema:.*    served: true",
                                "openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}\n"
                                        + "    served: true"));
        kubernetes.define(unchecked);
        try {
            Waits.until(() -> !refused(NO_OBJECT, NO_OBJECT_SPEC));
            Waits.until(() -> !refused(NO_PORT, NO_PORT_SPEC));
        } finally {
            kubernetes.define(DEFINITION);
        }
        Waits.until(() -> refused("another", NO_OBJECT_SPEC));
    }

    @AfterEach
    void close() {
        controllerClient.close();
        admin.close();
        kubernetes.close();
    }

    @Test
    void isTriedOnceToldOnceAndTriedAgainWhenTheConfigIsEdited() throws IOException {
        storeFromBeforeTheSchema();
        long before = refusals();
        Settings settings = Settings.from(Map.of(
                "CONTROLLER_SCOPE",
                "api",
                "NODE_NAME",
                "node-1",
                "LEADER_ELECTION_ENABLED",
                "false",
                "CONTROLLER_RESYNC_PERIOD",
                "1s",
                "METRICS_ADDR",
                "127.0.0.1:0"));
        try (RecordingPrograms programs = new RecordingPrograms();
                Controller controller = Controller.start(settings, controllerClient, programs)) {
            Waits.until(() -> events() == 2);
            Waits.until(() -> lookedAt(controller) > 8);
            assertThat(refusals() - before).as("statuses refused").isEqualTo(2);
            assertThat(events()).isEqualTo(2);

            Waits.until(this::edited);
            Waits.until(this::hasStatus);
            assertThat(refusals() - before).as("statuses refused").isEqualTo(2);
        }
    }

    /** How often a config was, by the controller's own count. */
    private static long lookedAt(Controller controller) {
        try {
            URI uri =
                    URI.create("http://127.0.0.1:" + controller.metricsAddress().getPort() + "/metrics");
            Matcher count = LOOKED_AT.matcher(HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body());
            return count.find() ? Long.parseLong(count.group(1)) : 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static GenericKubernetesResource config(String name, String spec) {
        return Serialization.unmarshal(
                "apiVersion: podconfig.example.com/v1alpha1\nkind: PodConfigMapConfig\nmetadata: {name: " + name
                        + ", namespace: default}\nspec: {" + spec + "}",
                GenericKubernetesResource.class);
    }

    private boolean refused(String name, String spec) {
        try {
            admin.resource(config(name, spec)).create();
            return false;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(UNPROCESSABLE);
            return true;
        }
    }

    private boolean edited() {
        try {
            admin.resource(config(NO_OBJECT, "ebpfConfig: {l4Firewall: {enabled: true}}"))
                    .update();
            return true;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_CONFLICT);
            return false;
        }
    }

    private boolean hasStatus() {
        return admin.genericKubernetesResources(ClusterCache.CONFIGS)
                        .inNamespace(RealKubernetes.NAMESPACE)
                        .withName(NO_OBJECT)
                        .get()
                        .get("status", "observedGeneration")
                != null;
    }

    private long events() {
        return admin.v1().events().inNamespace(RealKubernetes.NAMESPACE).list().getItems().stream()
                .filter(event -> event.getReason().equals("StatusRefused") && event.getCount() == 1)
                .count();
    }

    private long refusals() {
        return server.auditLog().requestsOf(USER).stream()
                .filter(request -> request.resource().equals("podconfigmapconfigs/status") && request.code() >= REFUSED)
                .count();
    }
}
