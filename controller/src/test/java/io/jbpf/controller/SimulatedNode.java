package io.jbpf.controller;

import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.node.TestBpffs;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A node of which a machine can have several: a directory in a bpffs, a cgroup root, and a pod. */
final class SimulatedNode implements AutoCloseable {
    static final int BLOCKED = 2222;
    static final int ALLOWED = 8080;

    private final String name;
    private final OpenResources open = new OpenResources();
    private final TestBpffs bpffs;
    private final TestCgroup cgroup;
    private final Pod pod;
    private final Path container;
    private Sandbox sandbox;

    /** A pod's network and the process in it, which calls read(2) once for every line that it is sent. */
    private record Sandbox(TestNetwork network, Process process) {}

    private SimulatedNode(String name, TestKubernetes kubernetes) throws IOException {
        this.name = name;
        try {
            bpffs = open.add(TestBpffs.mount());
            cgroup = open.add(TestCgroup.create());
            pod = kubernetes.createRunningPod("web." + name, name, Map.of("app", "web"));
            container = Files.createDirectories(cgroup.path()
                    .resolve("kubepods/burstable/pod" + pod.getMetadata().getUid() + "/container"));
            sandbox = makeSandbox();
        } catch (IOException | RuntimeException e) {
            closeAfter(e);
            throw e;
        }
    }

    /** A node with one pod, {@code web.NAME}, labelled {@code app=web}. */
    static SimulatedNode create(String name, TestKubernetes kubernetes) throws IOException {
        return new SimulatedNode(name, kubernetes);
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private Sandbox makeSandbox() throws IOException {
        TestNetwork network = open.add(TestNetwork.create());
        Process process = network.right().namespace().call(() -> new ProcessBuilder(
                        "sh", "-c", "while read l; do :; done")
                .redirectErrorStream(true)
                .start());
        open.add(() -> {
            Process unused = process.destroyForcibly().onExit().join();
        });
        Files.writeString(container.resolve("cgroup.procs"), Long.toString(process.pid()));
        return new Sandbox(network, process);
    }

    /** What a runtime does when the pause container has died: another network for the same pod. */
    void replaceSandbox() throws IOException {
        Sandbox before = sandbox;
        sandbox = makeSandbox();
        Process unused = before.process.destroyForcibly().onExit().join();
        open.remove(before.network);
        before.network.close();
    }

    /** The same where the pod's cgroup has gone with its last process, and is made anew. */
    void replaceSandboxAndCgroup() throws IOException {
        Process unused = sandbox.process.destroyForcibly().onExit().join();
        // The kernel lets go of the process a moment later.
        Waits.until(() -> container.toFile().delete());
        Files.delete(container.getParent());
        Files.createDirectories(container);
        replaceSandbox();
    }

    /** What the node's process is told, without KUBECONFIG. */
    Map<String, String> environment(String... more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "NODE_NAME",
                name,
                "LEADER_ELECTION_ENABLED",
                "false",
                "BPFFS_ROOT",
                bpffs.directory().toString(),
                "CGROUP_ROOT",
                cgroup.path().toString()));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    String name() {
        return name;
    }

    Path pins() {
        return bpffs.directory();
    }

    String podName() {
        return "web." + name;
    }

    TestNetwork network() {
        return sandbox.network;
    }

    /** Lets the pod read so many lines. */
    void read(int lines) throws IOException {
        OutputStream input = sandbox.process.getOutputStream();
        input.write("\n".repeat(lines).getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    /** Whether a datagram gets to a port of the pod. */
    boolean reaches(int port) {
        try (DatagramSocket in = sandbox.network.right().datagrams(port);
                DatagramSocket out = sandbox.network.left().datagrams(0)) {
            in.setSoTimeout(200);
            out.send(new DatagramPacket(new byte[1], 1, sandbox.network.right().ipv4(), port));
            in.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        open.close();
    }
}
