package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.node.NodeOnDisk;
import io.jbpf.controller.node.NodePrograms;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.settings.Settings;
import io.jbpf.testkit.ConcurrentTest;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Several controllers on one API server, each with its part of the work; only the kernels are played. */
class ScopesTest {
    private static final String CONFIG = """
            apiVersion: podconfig.example.com/v1alpha1
            kind: PodConfigMapConfig
            metadata: {name: c, namespace: default}
            spec:
              podSelector: {matchLabels: {app: web}}
              ebpfConfig:
                syscallMonitoring: {enabled: true, syscallNames: [read]}
                l4Firewall: {enabled: true, blockedPorts: [22]}
            """;

    @TempDir
    private Path directory;

    private final OpenResources open = new OpenResources();
    private NodeOnDisk node;
    private EmbeddedKubernetes kubernetes;
    private KubernetesClient client;

    /** One process: its controller, its own client, and the kernel of its node. */
    private record Replica(Controller controller, RecordingPrograms programs) {}

    @BeforeEach
    void start() throws IOException {
        node = new NodeOnDisk(directory);
        kubernetes = open.add(EmbeddedKubernetes.start());
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        client = open.add(kubernetes.client());
    }

    @AfterEach
    void closeAll() throws IOException {
        open.close();
    }

    private Map<String, String> environment(String scope, String nodeName, String podName) {
        return new HashMap<>(Map.of(
                "CONTROLLER_SCOPE",
                scope,
                "NODE_NAME",
                nodeName,
                "POD_NAME",
                podName,
                "POD_NAMESPACE",
                "default",
                "LEADER_ELECTION_LEASE_DURATION",
                "3s",
                "LEADER_ELECTION_RENEW_DEADLINE",
                "2s",
                "LEADER_ELECTION_RETRY_PERIOD",
                "400ms",
                "METRICS_ADDR",
                "127.0.0.1:0",
                "CGROUP_ROOT",
                node.cgroups().toString(),
                "PROC_ROOT",
                node.proc().toString()));
    }

    private Replica replica(String scope, String nodeName, String podName) {
        RecordingPrograms programs = new RecordingPrograms();
        return new Replica(
                open.add(Controller.start(
                        Settings.from(environment(scope, nodeName, podName)),
                        open.add(kubernetes.controllerClient()),
                        programs,
                        new Controller.Surroundings(node.namespaces(), Clock.systemUTC(), Duration.ofMillis(1)))),
                programs);
    }

    private Pod pod(String name, String nodeName, int process) throws IOException {
        Pod pod = kubernetes.createRunningPod(name, nodeName, Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), process, process, "eth0");
        return pod;
    }

    private void config() {
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .resource(Serialization.unmarshal(CONFIG, GenericKubernetesResource.class))
                .create();
    }

    private Optional<ConfigMap> configMap(String pod) {
        return Optional.ofNullable(client.configMaps()
                .inNamespace("default")
                .withName("pod-" + pod + "-from-c-cfg")
                .get());
    }

    private Optional<String> report(String pod) {
        return configMap(pod)
                .map(configMap -> configMap.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(PodConfigMap.EBPF_STATE));
    }

    /** Reason and message of a condition. */
    private String condition(String type) {
        GenericKubernetesResource config = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .get();
        return config == null || !(config.get("status", "conditions") instanceof List<?> conditions)
                ? ""
                : conditions.stream()
                        .map(condition -> (Map<?, ?>) condition)
                        .filter(condition -> type.equals(condition.get("type")))
                        .map(condition -> condition.get("reason") + ": " + condition.get("message"))
                        .findFirst()
                        .orElse("");
    }

    private static String scrape(Controller controller, String path) {
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

    /** Waits until the page has it all: it is rendered a little later than something changes. */
    private static void awaitMetrics(Controller controller, String... parts) {
        try {
            Waits.until(() -> {
                String page = scrape(controller, "/metrics");
                return Stream.of(parts).allMatch(page::contains);
            });
        } catch (AssertionError e) {
            throw new AssertionError(scrape(controller, "/metrics"), e);
        }
    }

    @ConcurrentTest
    void onlyTheLeaderActsAndTheOtherIsReadyToo() throws IOException {
        Replica leader = replica("cluster", "node-1", "a");
        Waits.until(leader.controller::leads);
        Replica standby = replica("cluster", "node-2", "b");
        pod("here", "node-1", 100);
        pod("there", "node-2", 200);
        config();

        Waits.until(() -> leader.programs.pods().size() == 1);
        Waits.until(() -> configMap("here").isPresent() && configMap("there").isPresent());
        Waits.until(() -> condition("EbpfReady").startsWith("NodeNotCovered"));
        assertThat(condition("EbpfReady")).contains("there").doesNotContain("here,");
        Waits.until(() -> scrape(standby.controller, "/readyz").equals("ok\n"));
        assertThat(scrape(leader.controller, "/readyz")).isEqualTo("ok\n");
        assertThat(standby.programs.pods()).isEmpty();
        awaitMetrics(
                leader.controller,
                "podconfigmap_controller_leader 1.0",
                "podconfigmap_controller_pods_not_covered 1.0");
        awaitMetrics(
                leader.controller,
                "podconfigmap_controller_configmap_operations_total{namespace=\"default\",operation=\"create\","
                        + "result=\"success\"} 2.0",
                "podconfigmap_controller_reconciliation_duration_seconds_count{namespace=\"default\","
                        + "resource_type=\"pod\"}",
                "podconfigmap_controller_queue_depth{queue_name=\"podconfigmapconfig\"} 0.0");
        assertThat(scrape(standby.controller, "/metrics"))
                .contains("podconfigmap_controller_leader 0.0")
                .doesNotContain("configmap_operations_total{", "pcmc_status{");
    }

    @ConcurrentTest
    void leadershipMovesToAnotherNodeAndNothingIsLeftOnTheFirst() throws IOException {
        Replica first = replica("cluster", "node-1", "a");
        Waits.until(first.controller::leads);
        Replica second = replica("cluster", "node-2", "b");
        pod("here", "node-1", 100);
        pod("there", "node-2", 200);
        config();
        Waits.until(() -> first.programs.pods().size() == 1);

        // As somebody does who moves it by hand: nobody of that name takes it up, so the second does after a while.
        Waits.until(() -> leaseIsGivenTo("node-2/b"));

        Waits.until(() -> first.programs.pods().isEmpty());
        Waits.until(() -> first.controller.leads() || second.controller.leads());
        boolean firstAgain = first.controller.leads();
        Replica leader = firstAgain ? first : second;
        Waits.until(() -> leader.programs.pods().size() == 1);
        Replica other = firstAgain ? second : first;
        Waits.until(() -> other.programs.pods().isEmpty());
    }

    /** Not if it was renewed between reading and writing it. */
    private boolean leaseIsGivenTo(String identity) {
        try {
            client.leases()
                    .inNamespace("default")
                    .withName("podconfigmap-controller")
                    .edit(lease -> {
                        lease.getSpec().setHolderIdentity(identity);
                        return lease;
                    });
            return true;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(HttpURLConnection.HTTP_CONFLICT);
            return false;
        }
    }

    @ConcurrentTest
    void aReplicaThatEndsIsFollowedAtOnceAndTheNextSeesWhatWasMissed() throws IOException {
        Replica first = replica("cluster", "node-1", "a");
        Waits.until(first.controller::leads);
        Replica second = replica("cluster", "node-2", "b");
        pod("there", "node-2", 200);
        config();
        Waits.until(() -> condition("EbpfReady").startsWith("NodeNotCovered"));
        Waits.until(() -> scrape(second.controller, "/readyz").equals("ok\n"));

        long since = System.nanoTime();
        first.controller.close();
        Waits.until(() -> second.programs.pods().size() == 1);
        System.out.printf("scopes: the next replica acts after %d ms%n", (System.nanoTime() - since) / 1_000_000);

        Waits.until(() -> condition("EbpfReady").startsWith("Attached"));
    }

    @ConcurrentTest
    void theApiAloneTouchesNoKernelAndTellsWhatAgentsReport() throws IOException {
        NodePrograms untouchable = (NodePrograms) Proxy.newProxyInstance(
                NodePrograms.class.getClassLoader(),
                new Class<?>[] {NodePrograms.class},
                (proxy, method, arguments) -> {
                    // Names of system calls are looked up in a table, and a list of nothing is none.
                    if (method.getName().equals("complaintAbout")) {
                        return Optional.empty();
                    }
                    throw new AssertionError(method + " was called");
                });
        Map<String, String> environment = environment("api", "node-9", "api-0");
        environment.remove("CGROUP_ROOT");
        environment.put("PROC_ROOT", directory.toString());
        Controller api = open.add(
                Controller.start(Settings.from(environment), open.add(kubernetes.controllerClient()), untouchable));
        pod("here", "node-1", 100);
        config();
        Waits.until(() -> condition("EbpfReady").startsWith("PodsStarting"));
        assertThat(condition("EbpfReady")).contains("No agent");

        Replica agent = replica("node", "node-1", "agent-1");

        Waits.until(() -> agent.programs.pods().size() == 1);
        Waits.until(() -> report("here").equals(Optional.of("attached")));
        Waits.until(() -> condition("EbpfReady").startsWith("Attached"));
        assertThat(api.leads()).isTrue();
        assertThat(scrape(api, "/metrics")).doesNotContain("podconfigmap_controller_ebpf_");
    }

    @ConcurrentTest
    void anAgentSeesToItsNodeAloneAndWritesNothingButReports() throws IOException {
        Replica agent = replica("node", "node-1", "agent-1");
        pod("here", "node-1", 100);
        pod("there", "node-2", 200);
        config();

        Waits.until(() -> agent.programs.pods().size() == 1);

        assertThat(agent.programs.pods())
                .singleElement()
                .satisfies(pod -> assertThat(pod.key().name()).isEqualTo("here"));
        assertThat(configMap("here")).isEmpty();
        assertThat(client.leases().inNamespace("default").list().getItems()).isEmpty();
        assertThat(condition("Ready")).isEmpty();
    }

    @ConcurrentTest
    void anAgentsFailureIsToldInTheStatus() throws IOException {
        replica("api", "node-9", "api-0");
        replica("node", "node-1", "agent-1");
        Pod pod = kubernetes.createRunningPod("host", "node-1", Map.of("app", "web"));
        node.hostNetworkPod(pod.getMetadata().getUid(), 300);
        config();

        Waits.until(() -> condition("EbpfReady").startsWith("HostNetwork"));
        assertThat(report("host").orElseThrow()).startsWith("HostNetwork l4_firewall: ");
        // The agent may send none: who sees to the API makes an event of what is noted on the ConfigMap.
        Waits.until(() -> client.v1().events().inNamespace("default").list().getItems().stream()
                .anyMatch(event -> event.getReason().equals("HostNetwork")
                        && event.getInvolvedObject().getKind().equals("Pod")
                        && event.getInvolvedObject().getName().equals("host")
                        && event.getSource().getHost().equals("node-9")));
    }
}
