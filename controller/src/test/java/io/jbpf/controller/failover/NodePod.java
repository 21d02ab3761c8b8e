package io.jbpf.controller.failover;

import io.jbpf.controller.demo.ContainerCgroup;
import io.jbpf.controller.demo.VethNetwork;
import io.jbpf.netlink.NetworkNamespace;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;

/** What a kubelet, a runtime and a network plugin make for a pod: a cgroup with a process that makes system calls, and a network. */
final class NodePod implements AutoCloseable {
    private final ContainerCgroup cgroup;
    private final Program program;
    private VethNetwork network;
    private Process process;

    /** What runs in the pod. */
    @FunctionalInterface
    interface Program {
        /** Starts it, in the network of the calling thread; it is moved into the pod's cgroup when this returns. */
        Process start() throws IOException;
    }

    private NodePod(ContainerCgroup cgroup, Program program, VethNetwork network, Process process) {
        this.cgroup = cgroup;
        this.program = program;
        this.network = network;
        this.process = process;
    }

    /**
     * Makes it.
     *
     * @param cgroup its cgroup, which goes with it
     * @param hostEnd the name of its interface on the machine
     * @param program what runs in it
     */
    static NodePod create(ContainerCgroup cgroup, String hostEnd, Program program) throws IOException {
        try {
            VethNetwork network = VethNetwork.create(hostEnd);
            try {
                Process process = network.namespace().call(program::start);
                NodePod pod = new NodePod(cgroup, program, network, process);
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

    NetworkNamespace namespace() {
        return network.namespace();
    }

    Process process() {
        return process;
    }

    /** {@return whether packets get to the pod} */
    boolean isReached() {
        return network.isRunning();
    }

    /** A socket of the pod's. */
    DatagramSocket listen(int port) throws IOException {
        return network.namespace().call(() -> new DatagramSocket(port));
    }

    /** As a runtime does when the process has ended: another container in the same sandbox. */
    void restartContainer() throws IOException {
        end(process);
        cgroup.replace();
        process = network.namespace().call(program::start);
        cgroup.add(process.pid());
    }

    /** As a runtime does when the pause container has died: another network, and other containers, for the same pod. */
    void replaceSandbox(String hostEnd) throws IOException {
        end(process);
        network.close();
        cgroup.replace();
        network = VethNetwork.create(hostEnd);
        process = network.namespace().call(program::start);
        cgroup.add(process.pid());
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        end(process);
        try {
            network.close();
        } finally {
            cgroup.close();
        }
    }
}
