package io.jbpf.controller.failover;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.controller.kubernetes.AuditLog;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A real API server with what deploy/ says in it, a pod with both programs, and a label of that pod that changes all the time,
 * so that whoever acts has something to do.
 */
final class FailOverCluster implements AutoCloseable {
    static final String NAMESPACE = RealKubernetes.NAMESPACE;
    static final String NODE = "failover-node";
    static final String POD = "web";
    static final int BLOCKED_PORT = 22;
    static final int ALLOWED_PORT = 8080;

    private static final String CONFIG = """
            apiVersion: podconfig.example.com/v1alpha1
            kind: PodConfigMapConfig
            metadata: {name: c, namespace: default}
            spec:
              podSelector: {matchLabels: {app: web}}
              labelsToInclude: [turn]
              ebpfConfig:
                syscallMonitoring: {enabled: true}
                l4Firewall: {enabled: true, blockedPorts: [22]}
                metricsExport: {enabled: true, updateInterval: 1s}
            """;
    private static final long TURN_NANOS = 50_000_000;

    private final KubeApiServer server;
    private final RealKubernetes kubernetes;
    private final KubernetesClient admin;
    private final Path manifests;
    private final Path directory;
    private volatile boolean closed;

    private FailOverCluster(KubeApiServer server, RealKubernetes kubernetes, Path manifests, Path directory) {
        this.server = server;
        this.kubernetes = kubernetes;
        this.admin = server.adminClient();
        this.manifests = manifests;
        this.directory = directory;
    }

    /** Starts it; its files go to the directory. */
    static FailOverCluster start(Path manifests, Path directory) throws IOException {
        KubeApiServer server = KubeApiServer.start(Files.createDirectory(directory.resolve("api")));
        try {
            RealKubernetes kubernetes = RealKubernetes.on(server);
            kubernetes.define(manifests.resolve("crd.yaml"));
            FailOverCluster cluster = new FailOverCluster(server, kubernetes, manifests, directory);
            cluster.admin
                    .resource(Serialization.unmarshal(CONFIG, GenericKubernetesResource.class))
                    .create();
            return cluster;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    String url() {
        return server.url();
    }

    AuditLog auditLog() {
        return server.auditLog();
    }

    /** Creates the pod; answers its UID. */
    String createPod() {
        Pod pod = kubernetes.createRunningPod(POD, NODE, Map.of("app", "web", "turn", "0"));
        return pod.getMetadata().getUid();
    }

    /** From now on the pod's label changes all the time. */
    void turn() {
        Thread thread = new Thread(this::turnLabel, "turn");
        thread.setDaemon(true);
        thread.start();
    }

    private void turnLabel() {
        for (long turn = 1; !closed; turn++) {
            try {
                long now = turn;
                admin.pods().inNamespace(NAMESPACE).withName(POD).edit(pod -> new PodBuilder(pod)
                        .editMetadata()
                        .addToLabels("turn", Long.toString(now))
                        .endMetadata()
                        .build());
            } catch (KubernetesClientException e) {
                // Somebody else changed the pod, or the server is away: the next turn is as good.
            } catch (IllegalStateException e) {
                // The client is closed, in the end.
                if (!closed) {
                    throw e;
                }
            }
            LockSupport.parkNanos(TURN_NANOS);
        }
    }

    /** The name of a replica's service account in the audit log. */
    static String user(String pod) {
        return "system:serviceaccount:" + NAMESPACE + ":" + pod;
    }

    private static List<HasMetadata> objects(KubernetesClient client, Path manifest) throws IOException {
        try (InputStream yaml = Files.newInputStream(manifest)) {
            return client.load(yaml).items();
        }
    }

    /** Makes a service account of a replica's own, which may what the controller's may; answers its KUBECONFIG. */
    Path account(String pod, String url) throws IOException {
        admin.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withNamespace(NAMESPACE)
                        .withName(pod)
                        .endMetadata()
                        .build())
                .fieldManager("test")
                .serverSideApply();
        for (HasMetadata object : objects(admin, manifests.resolve("rbac.yaml"))) {
            List<Subject> subjects = List.of();
            if (object instanceof ClusterRoleBinding binding) {
                subjects = binding.getSubjects();
            } else if (object instanceof RoleBinding binding) {
                subjects = binding.getSubjects();
            }
            if (!subjects.isEmpty()) {
                subjects.forEach(subject -> subject.setName(pod));
                object.getMetadata().setName(pod);
                admin.resource(object).fieldManager("test").serverSideApply();
            }
        }
        return server.writeKubeconfig(directory.resolve(pod + ".kubeconfig"), url, NAMESPACE, pod);
    }

    /** Takes the config away. */
    void deleteConfig() {
        admin.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(NAMESPACE)
                .delete();
    }

    @Override
    public void close() {
        closed = true;
        admin.close();
        server.close();
    }
}
