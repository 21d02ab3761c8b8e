package io.jbpf.controller.failover;

import io.jbpf.controller.demo.ContainerCgroup;
import io.jbpf.controller.demo.VethNetwork;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;

/** What a kubelet, a runtime and a network plugin make for a pod: a cgroup with a process that makes system calls, and a network. */
final class NodePod implements AutoCloseable {
    private final ContainerCgroup cgroup;
    private final VethNetwork network;
    private final Process process;

    private NodePod(ContainerCgroup cgroup, VethNetwork network, Process process) {
        this.cgroup = cgroup;
        this.network = network;
        this.process = process;
    }

    /**
     * Makes it.
     *
     * @param root the cgroup root of the node, which must not be there yet
     * @param uid the pod's UID
     * @param hostEnd the name of its interface on the machine
     */
    static NodePod create(Path root, String uid, String hostEnd) throws IOException {
        ContainerCgroup cgroup = ContainerCgroup.create(root, uid);
        try {
            VethNetwork network = VethNetwork.create(hostEnd);
            try {
                // It ends when this JVM has.
                ProcessBuilder working = new ProcessBuilder(
                                "sh",
                                "-c",
                                "while kill -0 $0 2>/dev/null; do sleep 0.2; done",
                                Long.toString(ProcessHandle.current().pid()))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
                Process process = network.namespace().call(working::start);
                NodePod pod = new NodePod(cgroup, network, process);
                cgroup.add(process.pid());
                return pod;
            } catch (IOException | RuntimeException e) {
                network.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            cgroup.close();
            throw e;
        }
    }

    InetAddress address() {
        return network.podAddress();
    }

    /** A socket of the pod's. */
    DatagramSocket listen(int port) throws IOException {
        return network.namespace().call(() -> new DatagramSocket(port));
    }

    @Override
    public void close() throws IOException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            network.close();
        } finally {
            cgroup.close();
        }
    }
}
