package io.jbpf.controller.failover;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.demo.Deadline;
import io.jbpf.controller.deploy.ShippedElection;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.node.CgroupMount;
import io.jbpf.controller.node.CgroupMounts;
import io.jbpf.fs.BpfFs;
import io.jbpf.testkit.OpenResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real API server, a node with a cgroup root and a bpffs directory of its own, and one controller after the other on it, with
 * the election settings of deploy/cluster.yaml.
 */
final class SoakCluster implements AutoCloseable {
    static final String NAMESPACE = RealKubernetes.NAMESPACE;
    static final String NODE = "soak-node";

    private static final Duration READY = Duration.ofSeconds(60);

    private final OpenResources open = new OpenResources();
    private final Path directory;
    private final KubeApiServer server;
    private final KubernetesClient admin;
    private final Map<String, String> election;
    private final Path kubeconfig;
    private final ReplicaNode node;
    private final List<Path> logs = new ArrayList<>();
    private Optional<ReplicaProcess> controller = Optional.empty();
    private boolean serverUp = true;
    private Optional<Long> calmSince = Optional.empty();

    private SoakCluster(Path manifests, Path directory, String name) throws IOException {
        this.directory = directory;
        Path cgroups = CgroupMounts.read(Path.of("/proc/self/mountinfo")).all().stream()
                .filter(mount -> mount.hierarchy() == CgroupMount.Hierarchy.V2)
                .map(CgroupMount::directory)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no cgroup v2 hierarchy is mounted"));
        node = new ReplicaNode(NODE, NAMESPACE, BpfFs.mounted().directory().resolve(name), cgroups.resolve(name));
        server = open.add(KubeApiServer.start(Files.createDirectory(directory.resolve("api"))));
        try {
            RealKubernetes kubernetes = RealKubernetes.on(server);
            kubernetes.define(manifests.resolve("crd.yaml"));
            admin = open.add(server.adminClient());
            election = ShippedElection.of(manifests);
            kubeconfig = server.writeKubeconfig(
                    directory.resolve("kubeconfig"), server.url(), NAMESPACE, RealKubernetes.SERVICE_ACCOUNT);
            Files.createDirectories(node.cgroups().resolve("kubepods").resolve("besteffort"));
            open.add(this::removeCgroups);
            Files.createDirectory(node.bpffs());
            open.add(this::uninstall);
        } catch (IOException | RuntimeException e) {
            open.close();
            throw e;
        }
    }

    /** Starts it; its files go to the directory. */
    static SoakCluster start(Path manifests, Path directory, String name) throws IOException {
        return new SoakCluster(manifests, directory, name);
    }

    KubernetesClient admin() {
        return admin;
    }

    Path cgroups() {
        return node.cgroups();
    }

    Path bpffs() {
        return node.bpffs();
    }

    /** A controller is started, as the kubelet does after the last one has ended. */
    synchronized ReplicaProcess startController() {
        String name = "controller-" + (logs.size() + 1);
        Map<String, String> environment = node.environment();
        environment.putAll(election);
        environment.put("POD_NAME", name);
        environment.put("KUBECONFIG", kubeconfig.toString());
        Path log = directory.resolve(name + ".log");
        logs.add(log);
        ReplicaProcess started = ReplicaProcess.start(environment, Optional.empty(), log);
        controller = Optional.of(started);
        return started;
    }

    /** The one that was started last. */
    synchronized ReplicaProcess controller() {
        return controller.orElseThrow();
    }

    /** Sends a signal that ends it, and waits for its end. */
    void endController(String signal) {
        ReplicaProcess ending = controller();
        synchronized (this) {
            calmSince = Optional.empty();
        }
        ending.signal(signal);
        if (!Deadline.in(READY).waitUntil(() -> !ending.isAlive())) {
            throw new IllegalStateException("the controller does not end at SIG" + signal);
        }
        ending.close();
    }

    void interruptApiServer() {
        synchronized (this) {
            serverUp = false;
            calmSince = Optional.empty();
        }
        server.interrupt();
    }

    void resumeApiServer() {
        server.resume();
        synchronized (this) {
            serverUp = true;
        }
    }

    /** Looks whether there are an API server and a controller that leads and has the node. */
    void look() {
        ReplicaProcess running = controller();
        boolean calm = running.hasTheNodeSince().isPresent()
                && running.get("/metrics")
                        .filter(page -> page.contains("\npodconfigmap_controller_leader 1"))
                        .isPresent();
        synchronized (this) {
            if (!calm || !serverUp || controller() != running) {
                calmSince = Optional.empty();
            } else if (calmSince.isEmpty()) {
                calmSince = Optional.of(System.nanoTime());
            }
        }
    }

    /** Since when there have been both, by the last {@link #look}; empty if there is one not. */
    synchronized Optional<Long> calmSince() {
        return calmSince;
    }

    /** What the controllers said that nobody should have to read. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (Path log : logs) {
            try (Stream<String> lines = Files.lines(log)) {
                lines.filter(line ->
                                line.contains(" ERROR ") || line.startsWith("\tat ") || line.contains("Exception in"))
                        .forEach(line -> complaints.add(log.getFileName() + ": " + line));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return complaints;
    }

    /** Takes all that is ours off the node, as deploy/uninstall.yaml does. */
    void uninstall() throws IOException {
        controller.ifPresent(ReplicaProcess::close);
        if (!Files.exists(node.bpffs())) {
            return;
        }
        node.uninstall(directory.resolve("uninstall.log"));
    }

    private void removeCgroups() throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> all = Files.walk(node.cgroups())) {
            deepestFirst = all.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path each : deepestFirst) {
            Files.deleteIfExists(each);
        }
    }

    @Override
    public void close() throws IOException {
        open.close();
    }
}
