package io.jbpf.controller;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.node.NodeOnDisk;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A whole controller on node {@code node-1}, an API server, and what a test does to them in namespace {@code default}. */
abstract class ControllerScenario {
    @TempDir
    Path directory;

    final RecordingPrograms programs = new RecordingPrograms();
    NodeOnDisk node;
    TestKubernetes kubernetes;
    KubernetesClient client;
    private KubernetesClient controllerClient;
    private Controller controller;

    /** The API that all of this runs against. */
    TestKubernetes startKubernetes() {
        return EmbeddedKubernetes.start();
    }

    @BeforeEach
    void start() throws IOException {
        node = new NodeOnDisk(directory);
        kubernetes = startKubernetes();
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        client = kubernetes.client();
        controllerClient = kubernetes.controllerClient();
        Settings settings = Settings.from(Map.of(
                "NODE_NAME",
                "node-1",
                "LEADER_ELECTION_ENABLED",
                "false",
                "METRICS_ADDR",
                "127.0.0.1:0",
                "CGROUP_ROOT",
                node.cgroups().toString(),
                "PROC_ROOT",
                node.proc().toString(),
                "NETNS_ROOT",
                node.netns().toString()));
        controller = Controller.start(
                settings,
                controllerClient,
                programs,
                new Controller.Surroundings(node.namespaces(), Clock.systemUTC(), Duration.ofMillis(1)));
    }

    @AfterEach
    void stop() {
        controller.close();
        controllerClient.close();
        client.close();
        kubernetes.close();
    }

    NonNamespaceOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> configs() {
        return client.genericKubernetesResources(ClusterCache.CONFIGS).inNamespace("default");
    }

    static GenericKubernetesResource resource(String name, String spec) {
        return Serialization.unmarshal(
                "apiVersion: podconfig.example.com/v1alpha1\nkind: PodConfigMapConfig\nmetadata: {name: " + name
                        + ", namespace: default}\nspec:\n" + spec.indent(2),
                GenericKubernetesResource.class);
    }

    void config(String name, String spec) {
        configs().resource(resource(name, spec)).create();
    }

    /** As a person does who is told that the object has changed meanwhile: the controller writes its status. */
    void replace(String name, String spec) {
        Waits.until(() -> {
            try {
                configs().resource(resource(name, spec)).update();
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
                return false;
            }
        });
    }

    /** A running pod with the label {@code app: web} and whatever else the YAML of its metadata and spec says. */
    Pod pod(String name, String nodeName, String metadata, String spec) {
        Pod pod = Serialization.unmarshal(
                "apiVersion: v1\nkind: Pod\nmetadata:\n" + metadata.indent(2) + "spec:\n" + spec.indent(2), Pod.class);
        return kubernetes.createPod(new PodBuilder(pod)
                .editMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .editSpec()
                .withNodeName(nodeName)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build());
    }

    Pod pod(String name, String nodeName) {
        return pod(name, nodeName, "labels: {app: web}", "containers: [{name: main, image: none}]");
    }

    /** A pod of this node that is there, with processes and a network. */
    Pod podHere(String name) throws IOException {
        Pod pod = pod(name, "node-1");
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        return pod;
    }

    static PodIdentity identity(Pod pod) {
        return new PodIdentity(
                new ObjectKey("default", pod.getMetadata().getName()),
                pod.getMetadata().getUid());
    }

    /** Has the pod looked at. */
    void touch(String pod) {
        client.pods().inNamespace("default").withName(pod).edit(before -> new PodBuilder(before)
                .editMetadata()
                .addToAnnotations("touched", Long.toString(System.nanoTime()))
                .endMetadata()
                .build());
    }

    Optional<ConfigMap> configMap(String name) {
        return Optional.ofNullable(
                client.configMaps().inNamespace("default").withName(name).get());
    }

    ConfigMap await(String name) {
        return await(name, any -> true);
    }

    ConfigMap await(String name, Predicate<ConfigMap> wanted) {
        List<ConfigMap> found = new ArrayList<>();
        Waits.until(() -> configMap(name).filter(wanted).map(found::add).orElse(false));
        return found.get(0);
    }

    /** Waits for a condition and returns its message. */
    String awaitCondition(String config, String type, String status, String reason) {
        try {
            Waits.until(() -> condition(config, type)
                    .filter(condition ->
                            status.equals(condition.get("status")) && reason.equals(condition.get("reason")))
                    .isPresent());
        } catch (AssertionError e) {
            throw new AssertionError(
                    type + " is not " + status + "/" + reason + " but " + status(config, "conditions"), e);
        }
        return Objects.toString(condition(config, type).orElseThrow().get("message"));
    }

    void awaitNoCondition(String config, String type) {
        Waits.until(() -> condition(config, type).isEmpty());
    }

    Optional<Map<?, ?>> condition(String config, String type) {
        return status(config, "conditions").stream()
                .flatMap(conditions -> ((List<?>) conditions).stream())
                .<Map<?, ?>>map(condition -> (Map<?, ?>) condition)
                .filter(condition -> type.equals(condition.get("type")))
                .findFirst();
    }

    Optional<Object> status(String config, String field) {
        GenericKubernetesResource resource = configs().withName(config).get();
        return resource == null ? Optional.empty() : Optional.ofNullable(resource.get("status", field));
    }

    /** Waits until a config has its programs on the one pod; that it has them on every matching one is true of none, too. */
    void awaitAttached(String config) {
        awaitCondition(config, "EbpfReady", "True", "Attached");
        Waits.until(() -> status(config, "attachedPods").equals(Optional.of(1)));
    }

    /** Waits for an event about an object of a name and returns it. */
    Event awaitEvent(String about, String reason) {
        try {
            Waits.until(() -> event(about, reason).isPresent());
        } catch (AssertionError e) {
            throw new AssertionError("no event " + reason + " about " + about + " but " + events(), e);
        }
        return event(about, reason).orElseThrow();
    }

    private Optional<Event> event(String about, String reason) {
        return events().stream()
                .filter(event -> about.equals(event.getInvolvedObject().getName()) && reason.equals(event.getReason()))
                .findFirst();
    }

    List<Event> events() {
        return client.v1().events().inNamespace("default").list().getItems();
    }

    InetSocketAddress metricsAddress() {
        return controller.metricsAddress();
    }

    String scrape(String path) {
        try {
            URI uri =
                    URI.create("http://127.0.0.1:" + controller.metricsAddress().getPort() + path);
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits until the metrics have a line. */
    void awaitMetric(String line) {
        try {
            Waits.until(() -> scrape("/metrics").lines().anyMatch(line::equals));
        } catch (AssertionError e) {
            throw new AssertionError("no " + line + " in\n" + scrape("/metrics"), e);
        }
    }
}
