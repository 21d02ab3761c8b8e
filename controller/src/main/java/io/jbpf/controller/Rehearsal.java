package io.jbpf.controller;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.cluster.ReadFields;
import io.jbpf.controller.crd.DefaultAction;
import io.jbpf.controller.node.KernelNamespaces;
import io.jbpf.controller.node.KernelPrograms;
import io.jbpf.controller.node.NodeUnusableException;
import io.jbpf.controller.node.PodIdentity;
import io.jbpf.controller.node.PodNetwork;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.SandboxIdentity;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.controller.settings.LogFormat;
import io.jbpf.controller.settings.LogLevel;
import io.jbpf.controller.settings.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A controller that does once whatever one does, against an API of its own, so that the JVM can note down which classes that
 * takes: the image has an archive of them, which keeps the controller within its memory. Run when the image is made, with
 * {@code -XX:DumpLoadedClassList}, where there is neither a cluster nor, as a rule, a right to load programs. Whoever can load
 * them loads them, attaches nothing to any interface, and takes them away again.
 */
final class Rehearsal implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LIST = """
            {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": "1"}, "items": [%s]}
            """;
    private static final String POD = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "uid": "u",
             "resourceVersion": "1", "labels": {"app": "a"}, "annotations": {"a": "b"}, "creationTimestamp":
             "2026-01-01T00:00:00Z", "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n"}],
             "managedFields": [{"manager": "m", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:a": {}}}]},
             "spec": {"nodeName": "n", "tolerations": [{"operator": "Exists"}], "securityContext": {},
              "volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "c"}},
               {"serviceAccountToken": {"path": "t"}}, {"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "p"}}]}}]}}],
              "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 1}], "env": [{"name": "e", "value": "v",
               "valueFrom": {"fieldRef": {"fieldPath": "p"}}}], "resources": {"limits": {"cpu": "1"}},
               "livenessProbe": {"httpGet": {"path": "/", "port": 1}}, "readinessProbe": {"tcpSocket": {"port": "p"}},
               "securityContext": {"capabilities": {"drop": ["ALL"]}}, "volumeMounts": [{"name": "v", "mountPath": "/"}]}]},
             "status": {"phase": "Running", "podIP": "192.0.2.1", "podIPs": [{"ip": "192.0.2.1"}], "conditions": [{"type": "Ready",
              "status": "True"}], "containerStatuses": [{"name": "c", "state": {"running": {}}, "lastState": {}}]}}
            """;
    private static final String CONFIG_MAP = """
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "gone", "namespace": "default", "uid": "u",
             "resourceVersion": "1", "labels": {"podconfig.example.com/generated-by-pcmc": "gone"}}, "data": {"podName": "gone"}}
            """;
    private static final String CONFIG = """
            {"apiVersion": "podconfig.example.com/v1alpha1", "kind": "PodConfigMapConfig", "metadata": {"name": "c",
             "namespace": "default", "uid": "u", "generation": 1, "resourceVersion": "1"}, "spec": {"podSelector": {"matchLabels":
             {"app": "a"}}, "ebpfConfig": {"syscallMonitoring": {"enabled": true}, "l4Firewall": {"enabled": true,
             "blockedPorts": [1]}, "metricsExport": {"enabled": true, "updateInterval": "1s"}}}}
            """;

    private final HttpServer api;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch leaseRenewed = new CountDownLatch(1);
    private final CountDownLatch statusWritten = new CountDownLatch(1);
    private final CountDownLatch configMapWritten = new CountDownLatch(1);
    private volatile String lease = "";

    private Rehearsal() throws IOException {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.setExecutor(threads);
        api.createContext("/", this::answer);
        api.start();
    }

    /**
     * Runs it; the exit status is 1 if the controller did not do what it should.
     *
     * @param arguments the directory in a bpffs that takes the place of {@code BPFFS_ROOT}; where it is not in one, nothing is
     *     loaded
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Logging.configure(LogLevel.INFO, LogFormat.TEXT);
        boolean done;
        try (Rehearsal rehearsal = new Rehearsal()) {
            done = rehearsal.run(arguments[0]);
        }
        System.exit(done ? 0 : 1);
    }

    private boolean run(String bpffsRoot) throws IOException, InterruptedException {
        String address = "127.0.0.1:" + api.getAddress().getPort();
        Settings settings = Settings.from(Map.of(
                "NODE_NAME", "n",
                "POD_NAME", "p",
                "POD_NAMESPACE", "default",
                "LEADER_ELECTION_LEASE_DURATION", "3s",
                "LEADER_ELECTION_RENEW_DEADLINE", "2s",
                "LEADER_ELECTION_RETRY_PERIOD", "500ms",
                "METRICS_ADDR", "127.0.0.1:0",
                "BPFFS_ROOT", bpffsRoot));
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://" + address)
                .withRequestRetryBackoffLimit(0)
                .build();
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withKubernetesSerialization(ReadFields.serialization())
                        .withConfig(config)
                        .build();
                KernelPrograms programs =
                        new KernelPrograms(settings.bpffsRoot(), settings.procRoot(), settings.netnsRoot());
                Controller controller = Controller.start(settings, client, programs)) {
            useKernel(programs);
            useEncryption(address);
            boolean done = true;
            for (CountDownLatch each : List.of(leaseRenewed, configMapWritten, statusWritten)) {
                done &= each.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            }
            for (String page : List.of("/metrics", "/healthz", "/readyz")) {
                HttpResponse<String> unused = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                                + controller.metricsAddress().getPort() + page))
                                        .header("Accept-Encoding", "gzip")
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
            }
            boolean unused = programs.removeAll();
            return done;
        } finally {
            ended.countDown();
        }
    }

    /** Neither gets far: there is no such cgroup, and no interface. */
    private static void useKernel(KernelPrograms programs) {
        try {
            boolean unused = programs.take();
        } catch (NodeUnusableException e) {
            System.out.println("As expected: " + e.getMessage());
        }
        PodIdentity pod = new PodIdentity(new ObjectKey("default", "none"), "none");
        try {
            programs.count(pod, Path.of("/proc"), SyscallRules.ALL);
        } catch (ProgramException e) {
            System.out.println("As expected: " + e.getMessage());
        }
        try (var namespace = new KernelNamespaces().open(Path.of("/proc/self/ns/net"))) {
            PodNetwork network = new PodNetwork(
                    namespace,
                    new SandboxIdentity("none", namespace.identity(), List.of()),
                    List.of(),
                    namespace.interfaces().toString(),
                    List.of());
            programs.filter(pod, network, FirewallRules.of(Set.of(), Set.of(1), DefaultAction.ALLOW));
        } catch (ProgramException e) {
            System.out.println("As expected: " + e.getMessage());
        }
        Set<PodIdentity> unused = programs.detached();
    }

    /** The API here speaks plain HTTP; a client that is told otherwise gets as far as a greeting. */
    private static void useEncryption(String address) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("https://" + address)
                .withTrustCerts(true)
                .withRequestRetryBackoffLimit(0)
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            System.out.println("Not expected: " + client.raw("/"));
        } catch (KubernetesClientException e) {
            System.out.println("As expected: " + e.getMessage());
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            URI uri = exchange.getRequestURI();
            String query = uri.getQuery() == null ? "" : uri.getQuery();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (query.contains("watch=true")) {
                watch(exchange, object(uri.getPath()));
            } else if (uri.getPath().contains("/leases")) {
                lease(exchange, body);
            } else if (exchange.getRequestMethod().equals("GET")
                    && !uri.getPath().contains("/namespaces/")) {
                send(exchange, 200, LIST.formatted(object(uri.getPath())));
            } else if (exchange.getRequestMethod().equals("GET")) {
                send(
                        exchange,
                        404,
                        "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"code\": 404, \"reason\": \"NotFound\"}");
            } else {
                send(exchange, 200, body.isEmpty() ? "{}" : body);
                if (uri.getPath().contains("/configmaps/")) {
                    configMapWritten.countDown();
                } else if (uri.getPath().endsWith("/status")) {
                    statusWritten.countDown();
                }
            }
        }
    }

    private static String object(String path) {
        if (path.endsWith("/pods")) {
            return POD;
        }
        return path.endsWith("/configmaps") ? CONFIG_MAP : CONFIG;
    }

    private void watch(HttpExchange exchange, String object) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream events = exchange.getResponseBody();
        events.write(("{\"type\": \"MODIFIED\", \"object\": "
                        + object.replace("\n", " ").replace("\"resourceVersion\": \"1\"", "\"resourceVersion\": \"2\"")
                        + "}\n")
                .getBytes(StandardCharsets.UTF_8));
        events.flush();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lease(HttpExchange exchange, String body) throws IOException {
        if (exchange.getRequestMethod().equals("GET") && lease.isEmpty()) {
            send(
                    exchange,
                    404,
                    "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"code\": 404, \"reason\": \"NotFound\"}");
            return;
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            if (!lease.isEmpty()) {
                leaseRenewed.countDown();
            }
            lease = body;
        }
        send(exchange, exchange.getRequestMethod().equals("POST") ? 201 : 200, lease);
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        ended.countDown();
        api.stop(0);
        threads.shutdownNow();
    }
}
