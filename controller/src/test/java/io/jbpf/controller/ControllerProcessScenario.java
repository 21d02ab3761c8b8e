package io.jbpf.controller;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.node.TestBpffs;
import io.jbpf.testkit.OpenResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose controllers are processes of their own that come and go, on nodes with real programs. */
abstract class ControllerProcessScenario {
    private static final String CONFIG = """
            apiVersion: podconfig.example.com/v1alpha1
            kind: PodConfigMapConfig
            metadata: {name: c, namespace: default}
            spec:
              podSelector: {matchLabels: {app: web}}
              ebpfConfig:
                syscallMonitoring: {enabled: true, syscallNames: [read]}
                l4Firewall: {enabled: true, allowedPorts: [8080], blockedPorts: [2222], defaultAction: allow}
                metricsExport: {enabled: true, updateInterval: 1s}
            """;

    @TempDir
    private Path directory;

    final OpenResources open = new OpenResources();
    private EmbeddedKubernetes kubernetes;
    private Path kubeconfig;
    KubernetesClient client;
    SimulatedNode node;

    @BeforeEach
    void start() throws IOException {
        kubernetes = open.add(EmbeddedKubernetes.start());
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        client = open.add(kubernetes.client());
        kubeconfig = kubernetes.writeKubeconfig(directory.resolve("kubeconfig"));
        node = node("node-1");
        config();
    }

    @AfterEach
    void closeAll() throws IOException {
        open.close();
    }

    SimulatedNode node(String name) throws IOException {
        SimulatedNode made = open.add(SimulatedNode.create(name, kubernetes));
        Files.createDirectory(made.pins());
        return made;
    }

    ControllerProcess controller(SimulatedNode on, String... environment) throws IOException {
        Map<String, String> all = new HashMap<>(on.environment(environment));
        all.put("KUBECONFIG", kubeconfig.toString());
        return open.add(ControllerProcess.start(all));
    }

    private void config() {
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .resource(Serialization.unmarshal(CONFIG, GenericKubernetesResource.class))
                .create();
    }

    void deleteConfig() {
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .delete();
    }

    /** Reason and message of the condition EbpfReady. */
    String ebpfReady() {
        GenericKubernetesResource config = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .get();
        return config == null || !(config.get("status", "conditions") instanceof List<?> conditions)
                ? ""
                : conditions.stream()
                        .map(condition -> (Map<?, ?>) condition)
                        .filter(condition -> "EbpfReady".equals(condition.get("type")))
                        .map(condition -> condition.get("reason") + ": " + condition.get("message"))
                        .findFirst()
                        .orElse("");
    }

    boolean hasEvent(String reason) {
        return client.v1().events().inNamespace("default").list().getItems().stream()
                .anyMatch(event -> reason.equals(event.getReason()));
    }

    static double reads(ControllerProcess controller) {
        return controller.metric("pod_syscalls_total", "syscall=\"read\"");
    }

    static double packets(ControllerProcess controller, String kind) {
        return controller.metric("l4_firewall_total", "stat_type=\"" + kind + "\"");
    }

    static void awaitAttached(ControllerProcess controller) {
        controller.await(
                () -> controller.metric("attached_programs", "program_type=\"syscall_counter\"") == 1
                        && controller.metric("attached_programs", "program_type=\"l4_firewall\"") == 1
                        && packets(controller, "blocked") >= 0,
                "both programs");
    }

    static List<String> pods(SimulatedNode of) {
        try {
            return TestBpffs.below(of.pins()).stream()
                    .filter(pin -> pin.startsWith("filtered/") || pin.startsWith("counted/"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
