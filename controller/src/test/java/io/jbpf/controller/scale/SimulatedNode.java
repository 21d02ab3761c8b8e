package io.jbpf.controller.scale;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What a kubelet and a network plugin make of pods: cgroups as the cgroupfs driver does, below a root of the benchmark's own,
 * and a network namespace with a veth that the node has the other end of.
 */
final class SimulatedNode implements AutoCloseable {
    private static final int CONTAINER_ID_BYTES = 32;
    private static final int POD_SUBNETS = 1 << 14;

    private final Path root;
    private final Path netns;
    private final PodProcesses processes;
    private final Random random = new Random();

    /**
     * A node without pods.
     *
     * @param root a cgroup that is not there yet
     * @param netns where the pods' network namespaces are mounted
     * @param program what runs the pods' processes
     */
    SimulatedNode(Path root, Path netns, Path program) throws IOException {
        this.root = root;
        this.netns = netns;
        Files.createDirectory(root);
        Files.createDirectories(root.resolve("kubepods").resolve("burstable"));
        processes = new PodProcesses(program, netns);
    }

    Path root() {
        return root;
    }

    Path netns() {
        return netns;
    }

    /** A pod whose process is not in its cgroup yet. */
    PodOnNode prepare(String name, String uid, int number) throws IOException {
        byte[] id = new byte[CONTAINER_ID_BYTES];
        synchronized (random) {
            random.nextBytes(id);
        }
        Path cgroup = root.resolve("kubepods").resolve("burstable").resolve("pod" + uid);
        Path container = Files.createDirectories(cgroup.resolve(HexFormat.of().formatHex(id)));
        long process = processes.start();
        return new PodOnNode(name, cgroup, container, process, connect(process, number));
    }

    /** Moves the pod's process into its cgroup, which is when it begins to run in it. */
    static void begin(PodOnNode pod) throws IOException {
        Files.writeString(pod.container().resolve("cgroup.procs"), Long.toString(pod.process()));
    }

    /** Subnets of four addresses, the node's the first, out of those for benchmarks: RFC 2544. */
    private static IpPrefix address(int number, int which) throws IOException {
        int subnet = 4 * Math.floorMod(number, POD_SUBNETS) + which;
        byte[] bytes = {(byte) 198, 18, (byte) (subnet >> 8), (byte) subnet};
        return new IpPrefix(InetAddress.getByAddress(bytes), 30);
    }

    private static InetAddress connect(long process, int number) throws IOException {
        IpPrefix ofNode = address(number, 1);
        IpPrefix ofPod = address(number, 2);
        try (NetworkNamespace namespace = NetworkNamespace.ofProcess(process);
                RouteSocket host = RouteSocket.open();
                RouteSocket pod = namespace.call(RouteSocket::open)) {
            InterfaceInfo end = host.interfaces().createVeth("jbpod" + number, "eth0", namespace);
            Interfaces inside = pod.interfaces();
            host.interfaces().addAddress(end, ofNode);
            inside.addAddress(inside.get("eth0"), ofPod);
            inside.setUp(inside.get("lo"));
            inside.setUp(inside.get("eth0"));
            host.interfaces().setUp(end);
            // Nobody asks who has an address: a thousand neighbours are more than the kernel remembers.
            host.interfaces()
                    .addNeighbour(end, ofPod.address(), inside.get("eth0").mac().orElseThrow());
            inside.addNeighbour(inside.get("eth0"), ofNode.address(), end.mac().orElseThrow());
            return ofPod.address();
        }
    }

    /** Takes a pod away as a kubelet does. */
    void end(PodOnNode pod) throws IOException {
        boolean told = ProcessHandle.of(pod.process())
                .map(ProcessHandle::destroyForcibly)
                .orElse(false);
        if (!told) {
            throw new IOException("the process of pod " + pod.name() + " has ended by itself");
        }
        Path name = netns.resolve("cni-" + pod.process());
        // As CNI plugins do (MNT_DETACH): the controller may be looking into it.
        Process unmount = new ProcessBuilder("umount", "--lazy", name.toString())
                .inheritIO()
                .start();
        int unused = Waiting.forEnd(unmount);
        Files.delete(name);
        removeEmpty(pod.container());
        removeEmpty(pod.cgroup());
    }

    /** A process that was killed is in its cgroup until it has ended. */
    private static void removeEmpty(Path cgroup) {
        Waiting.until(() -> {
            try {
                return Files.deleteIfExists(cgroup) || !Files.exists(cgroup);
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** The namespaces go with the mount namespace that all of this runs in. */
    @Override
    public void close() throws IOException {
        processes.close();
        List<Path> deepestFirst;
        try (Stream<Path> cgroups = Files.walk(root)) {
            deepestFirst = cgroups.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path cgroup : deepestFirst) {
            removeEmpty(cgroup);
        }
    }
}
