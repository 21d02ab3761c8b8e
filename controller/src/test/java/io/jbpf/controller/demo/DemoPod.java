package io.jbpf.controller.demo;

import io.jbpf.controller.node.CgroupMount;
import io.jbpf.controller.node.CgroupMounts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A pod as the kernel knows it, made as a kubelet and a network plugin make one. */
final class DemoPod {
    /** A port that the example allows by name. */
    static final int ALLOWED_PORT = 8080;

    /** A port that the example blocks. */
    static final int BLOCKED_PORT = 22;

    private static final Duration START = Duration.ofSeconds(20);

    /** A busy machine may be slow to answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Where no answer is what is hoped for, nobody wants to wait for it long. */
    private static final Duration BLOCKED_PATIENCE = Duration.ofSeconds(1);

    private final VethNetwork network;
    private final ContainerCgroup cgroup;
    private final PodServer server;

    private DemoPod(VethNetwork network, ContainerCgroup cgroup, PodServer server) {
        this.network = network;
        this.cgroup = cgroup;
        this.server = server;
    }

    /**
     * Starts it.
     *
     * @param belongings who takes it away
     * @param name what all names on this machine are made of
     * @param uid the pod's UID in the API
     * @param directory for its files
     */
    static DemoPod start(Belongings belongings, String name, String uid, Path directory) {
        Path hierarchy = CgroupMounts.read(Path.of("/proc/self/mountinfo")).all().stream()
                .filter(mount -> mount.hierarchy() == CgroupMount.Hierarchy.V2)
                .map(CgroupMount::directory)
                .findFirst()
                .orElseThrow(() -> new DemoFailure("No cgroup v2 hierarchy is mounted; mount one:"
                        + " mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"));
        ContainerCgroup cgroup =
                belongings.own("pod's cgroup", () -> ContainerCgroup.create(hierarchy.resolve(name), uid));
        VethNetwork network = belongings.own("pod's network", () -> VethNetwork.create(name));
        PodServer server = belongings.own(
                "pod's process",
                () -> PodServer.start(
                        network.namespace(), directory.resolve("pod.log"), List.of(ALLOWED_PORT, BLOCKED_PORT)));
        DemoPod pod = new DemoPod(network, cgroup, server);
        pod.serve();
        return pod;
    }

    private void serve() {
        try {
            cgroup.add(server.pid());
            server.serve();
        } catch (IOException e) {
            throw new DemoFailure("The pod's process could not be started: " + Belongings.reason(e), e);
        }
        boolean answers = Deadline.in(START)
                .waitUntil(() -> !server.isAlive()
                        || (get(ALLOWED_PORT).ok() && get(BLOCKED_PORT).ok()));
        if (!answers || !server.isAlive()) {
            throw new DemoFailure("The pod's web server did not start: port " + ALLOWED_PORT + " "
                    + get(ALLOWED_PORT) + ", port " + BLOCKED_PORT + " " + get(BLOCKED_PORT) + ". "
                    + server.complaints());
        }
    }

    /** Sends a request over the veth pair. */
    Http.Answer get(int port) {
        Duration patience = port == BLOCKED_PORT ? BLOCKED_PATIENCE : PATIENCE;
        return Http.get(new InetSocketAddress(network.podAddress(), port), "/", patience);
    }

    /** Makes the pod make {@value PodServerMain#READS} calls of read(2). */
    void work() {
        Http.Answer unused = Http.get(new InetSocketAddress(network.podAddress(), ALLOWED_PORT), "/work", PATIENCE);
    }

    String address() {
        return network.podAddress().getHostAddress();
    }

    /** {@return the machine's end of its cable} */
    String hostEnd() {
        return network.hostEnd();
    }

    /** {@return the pod's cgroup} */
    Path cgroup() {
        return cgroup.pod();
    }

    /** {@return where pods' cgroups begin} */
    Path cgroupRoot() {
        return cgroup.root();
    }

    long pid() {
        return server.pid();
    }
}
