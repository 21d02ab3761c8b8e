package io.jbpf.controller.kubernetes;

import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.cluster.ReadFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A real kube-apiserver and its etcd on ports of the loopback interface: with RBAC, with tokens for service accounts, and
 * with an audit log of what these ask for. No controller manager, no scheduler and no kubelet: nothing happens by itself, and
 * a pod that has a node is only gone at once if it is deleted without grace.
 */
public final class KubeApiServer implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final long LOOK_NANOS = 50_000_000;
    private static final String LOOPBACK = "127.0.0.1";
    private static final String ADMIN_TOKEN = "admin";

    /** Whatever a service account asks for, once it is answered: of a watch, when it begins. */
    private static final String AUDIT_POLICY = """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: Metadata
              userGroups: ["system:serviceaccounts"]
            - level: None
            """;

    private final Path directory;
    private final int port;
    private final Daemon etcd;
    private final List<String> command;
    private Daemon server;

    private KubeApiServer(Path directory, int port, Daemon etcd, List<String> command) {
        this.directory = directory;
        this.port = port;
        this.etcd = etcd;
        this.command = command;
        this.server = Daemon.start(directory.resolve("kube-apiserver.log"), command);
    }

    /**
     * Starts both and waits until the API is ready.
     *
     * @param directory where their data and logs go; empty
     * @return the server, ready
     * @throws AssertionError if it is not ready within two minutes; it ends with what the two printed last
     */
    public static KubeApiServer start(Path directory) {
        try {
            Files.writeString(directory.resolve("tokens"), ADMIN_TOKEN + ",admin,admin,system:masters\n");
            Files.writeString(directory.resolve("audit-policy"), AUDIT_POLICY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Integer> ports = freePorts(3);
        int port = ports.get(0);
        String clients = "http://" + LOOPBACK + ":" + ports.get(1);
        String peers = "http://" + LOOPBACK + ":" + ports.get(2);
        Daemon etcd = Daemon.start(
                directory.resolve("etcd.log"),
                List.of(
                        "etcd",
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + clients,
                        "--advertise-client-urls=" + clients,
                        "--listen-peer-urls=" + peers,
                        "--initial-advertise-peer-urls=" + peers,
                        "--initial-cluster=default=" + peers,
                        "--logger=zap",
                        "--log-level=warn"));
        try {
            // The server gives up if it cannot reach it for 20 seconds, which a busy machine may take to start it.
            awaitListening(etcd, ports.get(1));
        } catch (AssertionError e) {
            etcd.close();
            throw e;
        }
        // The key that the server makes for itself serves for the tokens of service accounts, too.
        Path key = directory.resolve("certificates").resolve("apiserver.key");
        KubeApiServer server = new KubeApiServer(
                directory,
                port,
                etcd,
                List.of(
                        "kube-apiserver",
                        "--etcd-servers=" + clients,
                        "--bind-address=" + LOOPBACK,
                        "--advertise-address=" + LOOPBACK,
                        "--secure-port=" + port,
                        "--endpoint-reconciler-type=none",
                        "--cert-dir=" + key.getParent(),
                        "--token-auth-file=" + directory.resolve("tokens"),
                        "--authorization-mode=RBAC",
                        // It refuses pods until the controller manager has made their service account's secret.
                        "--disable-admission-plugins=ServiceAccount",
                        "--service-account-issuer=https://kubernetes.default.svc",
                        "--service-account-key-file=" + key,
                        "--service-account-signing-key-file=" + key,
                        "--service-cluster-ip-range=10.96.0.0/16",
                        "--audit-policy-file=" + directory.resolve("audit-policy"),
                        "--audit-log-path=" + directory.resolve("audit.log")));
        try {
            server.awaitReady();
            return server;
        } catch (AssertionError | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static List<Integer> freePorts(int count) {
        // All held at once, so that none is given twice.
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
            }
            List<Integer> ports =
                    sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitListening(Daemon etcd, int port) {
        long end = System.nanoTime() + START.toNanos();
        while (!listens(port)) {
            if (!etcd.alive() || System.nanoTime() > end) {
                throw new AssertionError("etcd does not listen\n" + etcd.lastWords());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private void awaitReady() {
        long end = System.nanoTime() + START.toNanos();
        while (!ready()) {
            if (!etcd.alive() || !server.alive() || System.nanoTime() > end) {
                throw new AssertionError(
                        "kube-apiserver is not ready\n" + etcd.lastWords() + "\n" + server.lastWords());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private boolean ready() {
        // Before there is a certificate nobody can be asked.
        if (!Files.exists(certificate())) {
            return false;
        }
        // Not again and again by itself: it is asked again soon enough.
        Config once = new ConfigBuilder(config(ADMIN_TOKEN))
                .withRequestRetryBackoffLimit(0)
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(once).build()) {
            return "ok".equals(client.raw("/readyz"));
        } catch (KubernetesClientException e) {
            return false;
        }
    }

    private Path certificate() {
        return directory.resolve("certificates").resolve("apiserver.crt");
    }

    /**
     * A client that may do everything.
     *
     * @return a new client; the caller closes it
     */
    public KubernetesClient adminClient() {
        return new KubernetesClientBuilder().withConfig(config(ADMIN_TOKEN)).build();
    }

    /**
     * A client that may do what a service account may, by a token as its pods have one, and reads what the controller reads.
     *
     * @param namespace where the service account is
     * @param serviceAccount its name
     * @return a new client; the caller closes it
     */
    public KubernetesClient clientOf(String namespace, String serviceAccount) {
        return new KubernetesClientBuilder()
                .withConfig(config(token(namespace, serviceAccount)))
                .withKubernetesSerialization(ReadFields.serialization())
                .build();
    }

    private String token(String namespace, String serviceAccount) {
        try (KubernetesClient admin = adminClient()) {
            TokenRequest token = admin.serviceAccounts()
                    .inNamespace(namespace)
                    .withName(serviceAccount)
                    .tokenRequest(
                            new TokenRequestBuilder().withNewSpec().endSpec().build());
            return token.getStatus().getToken();
        }
    }

    private Config config(String token) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(url())
                .withCaCertFile(certificate().toString())
                .withOauthToken(token)
                .build();
    }

    /**
     * Variables by which a client finds this server as in a pod, without a kubeconfig: to read one takes classes that a pod never
     * loads.
     *
     * @return variables of the environment, of an administrator
     */
    public Map<String, String> environment() {
        return Map.of(
                "KUBERNETES_MASTER",
                url(),
                "KUBERNETES_CERTS_CA_FILE",
                certificate().toString(),
                "KUBERNETES_AUTH_TOKEN",
                ADMIN_TOKEN,
                "KUBERNETES_AUTH_TRYKUBECONFIG",
                "false",
                "KUBERNETES_NAMESPACE",
                "default");
    }

    /**
     * Where it is.
     *
     * @return the URL, without a slash at its end
     */
    public String url() {
        return "https://" + LOOPBACK + ":" + port;
    }

    /**
     * Writes a KUBECONFIG file of the client that may do everything.
     *
     * @param file where to
     * @return the file
     */
    public Path writeKubeconfig(Path file) {
        return writeKubeconfig(file, url(), ADMIN_TOKEN);
    }

    /**
     * Writes a KUBECONFIG file of a service account.
     *
     * @param file where to
     * @param through the URL by which the server is reached, such as that of a proxy on loopback
     * @param namespace where the service account is
     * @param serviceAccount its name
     * @return the file
     */
    public Path writeKubeconfig(Path file, String through, String namespace, String serviceAccount) {
        return writeKubeconfig(file, through, token(namespace, serviceAccount));
    }

    private Path writeKubeconfig(Path file, String through, String token) {
        try {
            return Files.writeString(file, """
                            apiVersion: v1
                            kind: Config
                            clusters:
                            - name: tested
                              cluster:
                                server: %s
                                certificate-authority: %s
                            contexts:
                            - name: tested
                              context:
                                cluster: tested
                                user: tester
                            current-context: tested
                            users:
                            - name: tester
                              user:
                                token: %s
                            """.formatted(through, certificate(), token));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What service accounts have asked for so far.
     *
     * @return the log, which goes on
     */
    public AuditLog auditLog() {
        return new AuditLog(directory.resolve("audit.log"));
    }

    /** Ends the API server and leaves etcd: whoever talks to it is refused a connection. */
    public void interrupt() {
        server.close();
    }

    /** Starts the API server again after {@link #interrupt}, on the same port and with the same data. */
    public void resume() {
        server = Daemon.start(directory.resolve("kube-apiserver.log"), command);
        awaitReady();
    }

    @Override
    public void close() {
        server.close();
        etcd.close();
    }
}
