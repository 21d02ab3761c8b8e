package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.node.TestBpffs;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole controller with the real kernel: a pod made of a cgroup, a network namespace and a process. */
@KernelTest
class ControllerKernelTest {
    private static final int ALLOWED = 8080;
    private static final int BLOCKED = 2222;
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration NOT_AT_ALL = Duration.ofMillis(300);
    private static final String CONFIG = """
            apiVersion: podconfig.example.com/v1alpha1
            kind: PodConfigMapConfig
            metadata: {name: c, namespace: default}
            spec:
              podSelector: {matchLabels: {app: web}}
              ebpfConfig:
                syscallMonitoring: {enabled: true, syscallNames: [read, getppid]}
                l4Firewall: {enabled: true, allowedPorts: [8080], blockedPorts: [2222], defaultAction: allow}
                metricsExport: {enabled: true, updateInterval: 1s}
            """;

    private final OpenResources open = new OpenResources();
    private TestNetwork network;
    private TestKubernetes kubernetes;
    private KubernetesClient client;
    private Controller controller;
    private Process process;

    /** The API that all of this runs against. */
    TestKubernetes startKubernetes() {
        return EmbeddedKubernetes.start();
    }

    @BeforeEach
    void makeNodeAndPod() throws IOException {
        TestCgroup node = open.add(TestCgroup.create());
        network = open.add(TestNetwork.create());
        kubernetes = open.add(startKubernetes());
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        client = open.add(kubernetes.client());
        String uid = kubernetes
                .createRunningPod("web", "node-1", Map.of("app", "web"))
                .getMetadata()
                .getUid();

        // It calls read(2) once for every line it is sent, and ends when there are no more.
        process = network.right().namespace().call(() -> new ProcessBuilder("sh", "-c", "while read l; do :; done")
                .redirectErrorStream(true)
                .start());
        open.add(this::endProcess);
        Path container = Files.createDirectories(node.path().resolve("kubepods/burstable/pod" + uid + "/container"));
        Files.writeString(container.resolve("cgroup.procs"), Long.toString(process.pid()));

        Settings settings = Settings.from(Map.of(
                "NODE_NAME", "node-1",
                "LEADER_ELECTION_ENABLED", "false",
                "METRICS_ADDR", "127.0.0.1:0",
                "BPFFS_ROOT", open.add(TestBpffs.mount()).root().toString(),
                "CGROUP_ROOT", node.path().toString()));
        controller = open.add(Controller.start(
                settings,
                open.add(kubernetes.controllerClient()),
                open.add(new KernelPrograms(settings.bpffsRoot(), settings.procRoot(), settings.netnsRoot()))));
    }

    private void endProcess() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @AfterEach
    void closeAll() throws IOException {
        open.close();
    }

    @Test
    void countsAndFiltersAPodAndTellsPrometheus() throws Exception {
        try (ServerSocket allowed = network.right().listen(ALLOWED);
                ServerSocket blocked = network.right().listen(BLOCKED)) {
            connect(allowed.getLocalPort());
            connect(blocked.getLocalPort());

            configs()
                    .resource(Serialization.unmarshal(CONFIG, GenericKubernetesResource.class))
                    .create();
            Waits.until(() -> attachedPods() == 1);

            connect(ALLOWED);
            assertThatThrownBy(() -> network.left().connect(network.right().ipv4(), BLOCKED, NOT_AT_ALL))
                    .isInstanceOf(SocketTimeoutException.class);
            Waits.until(() -> metric("l4_firewall_total", "stat_type=\"blocked\"") >= 1);
            assertThat(metric("l4_firewall_total", "stat_type=\"allowed\"")).isGreaterThanOrEqualTo(1);
            assertThat(metric("attached_programs", "program_type=\"syscall_counter\""))
                    .isEqualTo(1);
            assertThat(metric("attached_programs", "program_type=\"l4_firewall\""))
                    .isEqualTo(1);

            send(1000);
            Waits.until(() -> metric("syscall_count_total", "pid=\"" + process.pid() + "\"") >= 1000);
            assertThat(metric("pod_syscalls_total", "syscall=\"read\"")).isGreaterThanOrEqualTo(1000);
            assertThat(client.configMaps()
                            .inNamespace("default")
                            .withName("pod-web-from-c-cfg")
                            .get())
                    .isNotNull();

            configs().withName("c").delete();
            Waits.until(() -> !scrape().contains("pod_name=\"web\""));
            connect(BLOCKED);
        }
    }

    private void connect(int port) throws IOException {
        try (Socket socket = network.left().connect(network.right().ipv4(), port, SOON)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private void send(int lines) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write("\n".repeat(lines).getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    private io.fabric8.kubernetes.client.dsl.NonNamespaceOperation<
                    GenericKubernetesResource, ?, io.fabric8.kubernetes.client.dsl.Resource<GenericKubernetesResource>>
            configs() {
        return client.genericKubernetesResources(ClusterCache.CONFIGS).inNamespace("default");
    }

    private int attachedPods() {
        GenericKubernetesResource config = configs().withName("c").get();
        return config.get("status", "attachedPods") instanceof Integer count ? count : 0;
    }

    private double metric(String name, String label) {
        Pattern line = Pattern.compile(
                "podconfigmap_controller_ebpf_" + name + "\\{[^}]*" + Pattern.quote(label) + "[^}]*\\} (.*)");
        Matcher matcher = line.matcher(scrape());
        OptionalDouble value =
                matcher.find() ? OptionalDouble.of(Double.parseDouble(matcher.group(1))) : OptionalDouble.empty();
        return value.orElse(0);
    }

    private String scrape() {
        URI uri = URI.create("http://127.0.0.1:" + controller.metricsAddress().getPort() + "/metrics");
        try {
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
}
