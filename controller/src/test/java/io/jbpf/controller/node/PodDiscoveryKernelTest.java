package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.crd.DefaultAction;
import io.jbpf.controller.node.CgroupMount.Hierarchy;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real cgroups of every hierarchy, real processes and real network namespaces, found as those of pods. */
@KernelTest
class PodDiscoveryKernelTest {
    private static final Path PROC = Path.of("/proc");
    private static final String CONTAINER = "0123456789abcdef".repeat(4);

    @TempDir
    private Path directory;

    private final OpenResources open = new OpenResources();
    private final List<PodIdentity> told = new CopyOnWriteArrayList<>();
    private final String uid = UUID.randomUUID().toString();

    @AfterEach
    void closeAll() throws IOException {
        open.close();
    }

    private Optional<TestCgroup> root(Hierarchy hierarchy, TestReporter reporter) {
        Optional<TestCgroup> root =
                switch (hierarchy) {
                    case V1_MEMORY -> TestCgroup.createV1("memory");
                    case V1_PIDS -> TestCgroup.createV1("pids");
                    case V2 -> Optional.of(TestCgroup.create());
                };
        if (root.isEmpty()) {
            KernelSupport.lacks(reporter, hierarchy + " cgroups on this machine");
        }
        return root.map(open::add);
    }

    private PodDiscovery discovery(List<CgroupMount> mounts) {
        return open.add(new PodDiscovery(
                new PodCgroups(mounts), new PodNetworks(PROC, directory, new KernelNamespaces()), told::add));
    }

    private PodDiscovery discovery(TestCgroup root) {
        return discovery(CgroupMounts.read(PROC.resolve("self/mountinfo")).below(root.path()));
    }

    private PodFacts facts(String podUid, InetAddress... addresses) {
        PodIdentity pod = new PodIdentity(new ObjectKey("default", "pod-" + podUid), podUid);
        return new PodFacts(pod, podUid, false, false, false, Set.of(addresses));
    }

    private PodFacts facts() {
        return facts(uid);
    }

    private static Path container(TestCgroup root, String podUid, String id) throws IOException {
        return Files.createDirectories(root.path().resolve("kubepods/burstable/pod" + podUid + "/" + id));
    }

    private Path pod(TestCgroup root) {
        return root.path().resolve("kubepods/burstable/pod" + uid);
    }

    /** It calls read(2) once for every line that it is sent. */
    private Process process(NetworkNamespace namespace) throws IOException {
        Process process = namespace.call(() -> new ProcessBuilder("sh", "-c", "while read l; do :; done").start());
        open.add(() -> process.destroyForcibly().waitFor());
        return process;
    }

    private static void move(Process process, Path cgroup) throws IOException {
        Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(process.pid()));
    }

    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Keeps a namespace as a file, as runtimes do in /run/netns. */
    private void name(NetworkNamespace namespace, String name) throws Exception {
        Process holder = process(namespace);
        Path file = Files.createFile(directory.resolve(name));
        run("mount", "--bind", "/proc/" + holder.pid() + "/ns/net", file.toString());
        open.add(() -> run("umount", file.toString()));
        end(holder);
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).isZero();
    }

    private void awaitTold() {
        Waits.until(() -> told.contains(facts().pod()));
    }

    /** All that has happened before has been told when this returns: inotify keeps the order. */
    private void settle(PodDiscovery discovery, TestCgroup root) throws IOException {
        String other = UUID.randomUUID().toString();
        Path pod = container(root, other, "").normalize();
        assertThat(discovery.cgroup(facts(other))).isInstanceOf(Finding.Found.class);
        Files.createDirectory(pod.resolve("c"));
        Waits.until(() -> told.contains(facts(other).pod()));
        discovery.forget(facts(other).pod());
        told.clear();
    }

    @ParameterizedTest
    @EnumSource(Hierarchy.class)
    void findsCgroupContainersProcessesAndNetwork(Hierarchy hierarchy, TestReporter reporter) throws Exception {
        Optional<TestCgroup> root = root(hierarchy, reporter);
        if (root.isEmpty()) {
            return;
        }
        TestNetwork network = open.add(TestNetwork.create());
        Process process = process(network.right().namespace());
        Path container = container(root.get(), uid, CONTAINER);
        move(process, container);
        PodDiscovery discovery = discovery(root.get());

        PodCgroup cgroup = discovery.cgroup(facts()).found().orElseThrow();
        assertThat(cgroup).isEqualTo(new PodCgroup(pod(root.get()), hierarchy));
        assertThat(cgroup.containers()).containsExactly(new PodContainer(CONTAINER, container));
        assertThat(cgroup.processes().ids()).containsExactly((int) process.pid());
        assertThat(cgroup.processes().hidden()).isFalse();
        try (PodNetwork found = discovery.network(facts()).found().orElseThrow()) {
            InterfaceInfo expected = network.right().interfaceInfo();
            assertThat(found.namespace().inode())
                    .isEqualTo(network.right().namespace().inode());
            assertThat(found.interfaces()).singleElement().satisfies(each -> {
                assertThat(each.index()).isEqualTo(expected.index());
                assertThat(each.name()).isEqualTo(expected.name());
                assertThat(each.addresses())
                        .contains(network.right().ipv4(), network.right().ipv6());
            });
            assertThat(found.why()).isEqualTo("veth-right is the only one that is up");
            assertThat(found.others()).isEmpty();
            network.right().namespace().cookie().ifPresent(cookie -> assertThat(found.identity())
                    .isEqualTo(new SandboxIdentity(
                            uid, new NamespaceIdentity.ByCookie(cookie), List.of(expected.index()))));
        }
    }

    @ParameterizedTest
    @EnumSource(Hierarchy.class)
    void whatIsFoundCanBeCountedAndFiltered(Hierarchy hierarchy, TestReporter reporter) throws Exception {
        Optional<TestCgroup> root = root(hierarchy, reporter);
        if (root.isEmpty()) {
            return;
        }
        TestNetwork network = open.add(TestNetwork.create());
        Process process = process(network.right().namespace());
        move(process, container(root.get(), uid, CONTAINER));
        PodDiscovery discovery = discovery(root.get());
        Path pins = open.add(TestBpffs.mount()).root();
        KernelPrograms programs = open.add(new KernelPrograms(pins, PROC, directory));
        assertThat(programs.take()).isTrue();
        PodIdentity pod = facts().pod();

        programs.count(
                pod, discovery.cgroup(facts()).found().orElseThrow().directory(), SyscallRules.of(Set.of("read")));
        FirewallRules rules = FirewallRules.of(Set.of(8080), Set.of(), DefaultAction.BLOCK);
        try (PodNetwork found = discovery.network(facts()).found().orElseThrow()) {
            programs.filter(pod, found, rules);
        }
        // The same sandbox again: nothing is attached anew.
        try (PodNetwork found = discovery.network(facts()).found().orElseThrow()) {
            programs.filter(pod, found, rules);
        }
        OutputStream lines = process.getOutputStream();
        lines.write("\n".repeat(100).getBytes(StandardCharsets.UTF_8));
        lines.flush();
        Waits.until(() -> reads(programs, pod) >= 100);
        try (DatagramSocket socket = network.left().datagrams(0)) {
            socket.send(new DatagramPacket(new byte[1], 1, network.right().ipv4(), 9999));
        }
        Waits.until(() ->
                reading(programs, pod).firewall().map(FirewallCounts::blocked).orElse(0L) >= 1);
    }

    /** Wherever the kernel attaches: links where it has TCX, filters where not. */
    @Test
    void whatOneProcessLeavesTheNextTakesUpOrAway(TestReporter reporter) throws Exception {
        Optional<TestCgroup> root = root(Hierarchy.V2, reporter);
        if (root.isEmpty()) {
            return;
        }
        TestNetwork network = open.add(TestNetwork.create());
        Process process = process(network.right().namespace());
        move(process, container(root.get(), uid, CONTAINER));
        PodDiscovery discovery = discovery(root.get());
        Path pins = open.add(TestBpffs.mount()).root();
        PodIdentity pod = facts().pod();
        Path cgroup = discovery.cgroup(facts()).found().orElseThrow().directory();
        SyscallRules calls = SyscallRules.of(Set.of("read"));
        FirewallRules rules = FirewallRules.of(Set.of(8080), Set.of(), DefaultAction.BLOCK);

        KernelPrograms first = open.add(new KernelPrograms(pins, PROC, directory));
        KernelPrograms second = open.add(new KernelPrograms(pins, PROC, directory));
        assertThat(first.take()).isTrue();
        assertThat(second.take()).isFalse();
        assertThat(second.waiting().orElseThrow())
                .contains(Long.toString(ProcessHandle.current().pid()));
        assertThat(first.wanted()).isTrue();
        first.count(pod, cgroup, calls);
        filter(first, discovery, rules);
        sendTo(network, 9999);
        first.leave();

        assertThat(second.take()).isTrue();
        assertThat(second.wanted()).isFalse();
        assertThat(second.pods()).containsExactly(pod);
        assertThat(second.attached(pod)).containsExactlyInAnyOrder(ProgramType.values());
        second.count(pod, cgroup, calls);
        filter(second, discovery, rules);
        sendTo(network, 9999);
        Waits.until(() ->
                reading(second, pod).firewall().map(FirewallCounts::blocked).orElse(0L) == 2);
        assertThat(second.detached()).isEmpty();
        second.leave();

        // Of a pod that nobody looks at any more, without its network at hand.
        KernelPrograms third = open.add(new KernelPrograms(pins, PROC, directory));
        assertThat(third.removeAll()).isTrue();
        assertThat(TestBpffs.below(pins)).allMatch(name -> name.contains("."));
        try (DatagramSocket in = network.right().datagrams(9999)) {
            in.setSoTimeout(5000);
            sendTo(network, 9999);
            in.receive(new DatagramPacket(new byte[1], 1));
        }
    }

    private void filter(KernelPrograms programs, PodDiscovery discovery, FirewallRules rules) {
        try (PodNetwork found = discovery.network(facts()).found().orElseThrow()) {
            programs.filter(facts().pod(), found, rules);
        }
    }

    private static void sendTo(TestNetwork network, int port) throws IOException {
        try (DatagramSocket socket = network.left().datagrams(0)) {
            socket.send(new DatagramPacket(new byte[1], 1, network.right().ipv4(), port));
        }
    }

    private static PodReading reading(KernelPrograms programs, PodIdentity pod) {
        return Objects.requireNonNull(programs.read(Set.of(pod)).get(pod));
    }

    private static long reads(KernelPrograms programs, PodIdentity pod) {
        return reading(programs, pod)
                .syscalls()
                .map(SyscallCounts::bySyscall)
                .orElse(Map.of())
                .getOrDefault("read", 0L);
    }

    @ParameterizedTest
    @EnumSource(Hierarchy.class)
    void podsContainersAndProcessesThatComeAndGoAreTold(Hierarchy hierarchy, TestReporter reporter) throws Exception {
        Optional<TestCgroup> root = root(hierarchy, reporter);
        if (root.isEmpty()) {
            return;
        }
        Files.createDirectories(root.get().path().resolve("kubepods/burstable"));
        PodDiscovery discovery = discovery(root.get());
        assertThat(discovery.cgroup(facts())).isInstanceOf(Finding.NotYet.class);
        assertThat(discovery.network(facts())).isInstanceOf(Finding.NotYet.class);

        Path pod = Files.createDirectories(pod(root.get()));
        awaitTold();
        assertThat(discovery.cgroup(facts()).found().map(PodCgroup::directory)).contains(pod);

        settle(discovery, root.get());
        Path container = Files.createDirectory(pod.resolve(CONTAINER));
        awaitTold();

        settle(discovery, root.get());
        TestNetwork network = open.add(TestNetwork.create());
        Process process = process(network.right().namespace());
        move(process, container);
        awaitTold();
        assertThat(discovery.network(facts()).found()).isPresent().get().satisfies(PodNetwork::close);

        if (hierarchy == Hierarchy.V2) {
            settle(discovery, root.get());
            end(process);
            awaitTold();
        }
        end(process);
        settle(discovery, root.get());
        Path restarted = Files.createDirectory(pod.resolve("cri-containerd-" + CONTAINER + ".scope"));
        awaitTold();
        settle(discovery, root.get());
        Files.delete(container);
        awaitTold();
        settle(discovery, root.get());
        Files.delete(restarted);
        Files.delete(pod);
        awaitTold();
        assertThat(discovery.cgroup(facts())).isInstanceOf(Finding.NotYet.class);
    }

    @Test
    void onAHybridNodeTheVersion1CgroupIsTheOne(TestReporter reporter) throws Exception {
        Optional<TestCgroup> v1 = root(Hierarchy.V1_MEMORY, reporter);
        Optional<TestCgroup> v2 = root(Hierarchy.V2, reporter);
        if (v1.isEmpty() || v2.isEmpty()) {
            return;
        }
        List<CgroupMount> mounts = List.of(
                new CgroupMount(v1.get().path(), Hierarchy.V1_MEMORY),
                new CgroupMount(v2.get().path(), Hierarchy.V2));
        Process process = process(open.add(TestNetwork.create()).right().namespace());
        Path container = container(v1.get(), uid, CONTAINER);
        move(process, container);
        move(process, container(v2.get(), uid, CONTAINER));
        PodDiscovery discovery = discovery(mounts);

        assertThat(discovery.cgroup(facts()).found()).contains(new PodCgroup(pod(v1.get()), Hierarchy.V1_MEMORY));
        // Both hierarchies are among those of this machine, in this order.
        assertThat(CgroupMounts.read(PROC.resolve("self/mountinfo")).all())
                .extracting(CgroupMount::hierarchy)
                .containsSubsequence(Hierarchy.V1_MEMORY, Hierarchy.V2);
    }

    @Test
    void theProcessOfAThreadedCgroupIsFound() throws Exception {
        TestCgroup root = open.add(TestCgroup.create());
        NetworkNamespace namespace = open.add(NetworkNamespace.create());
        Process process = process(namespace);
        Path container = container(root, uid, CONTAINER);
        Path threads = Files.createDirectory(container.resolve("threads"));
        open.add(() -> {
            end(process);
            Files.delete(threads);
        });
        Files.writeString(threads.resolve("cgroup.type"), "threaded");
        move(process, container);
        Files.writeString(threads.resolve("cgroup.threads"), Long.toString(process.pid()));
        assertThat(Files.readString(threads.resolve("cgroup.threads")).strip()).isEqualTo(Long.toString(process.pid()));

        assertThat(discovery(root)
                        .cgroup(facts())
                        .found()
                        .orElseThrow()
                        .processes()
                        .ids())
                .containsExactly((int) process.pid());
    }

    @Test
    void theNodesNetworkIsRefusedWhateverTheSpecSays() throws Exception {
        TestCgroup root = open.add(TestCgroup.create());
        try (NetworkNamespace here = NetworkNamespace.current()) {
            move(process(here), container(root, uid, CONTAINER));
        }
        PodDiscovery discovery = discovery(root);

        // The node's network is that of its first process, if that is ours to look at; at any rate it is ours.
        boolean known = new KernelNamespaces().inode(PROC.resolve("1/ns/net")).isPresent();
        assertThat(refusal(discovery.network(facts())))
                .isEqualTo(known ? ProgramErrorType.HOST_NETWORK : ProgramErrorType.OWN_NETWORK);
        PodFacts hostNetwork = new PodFacts(facts().pod(), uid, true, false, true, Set.of());
        assertThat(refusal(discovery.network(hostNetwork))).isEqualTo(ProgramErrorType.HOST_NETWORK);
        assertThat(discovery.cgroup(facts())).isInstanceOf(Finding.Found.class);
    }

    private static ProgramErrorType refusal(Finding<PodNetwork> finding) {
        assertThat(finding).isInstanceOf(Finding.Refused.class);
        return ((Finding.Refused<PodNetwork>) finding).type();
    }

    @Test
    void aSandboxMadeAnewIsAnother() throws Exception {
        TestCgroup root = open.add(TestCgroup.create());
        PodDiscovery discovery = discovery(root);
        TestNetwork first = open.add(TestNetwork.create());
        Process process = process(first.right().namespace());
        move(process, container(root, uid, CONTAINER));
        SandboxIdentity before = identity(discovery);
        assertThat(identity(discovery)).isEqualTo(before);
        settle(discovery, root);

        end(process);
        TestNetwork second = open.add(TestNetwork.create());
        Path container = container(root, uid, CONTAINER.replace('0', '1'));
        awaitTold();
        move(process(second.right().namespace()), container);

        assertThat(identity(discovery)).isNotEqualTo(before);
        assertThat(identity(discovery).podUid()).isEqualTo(before.podUid());
    }

    private SandboxIdentity identity(PodDiscovery discovery) {
        try (PodNetwork network = discovery.network(facts()).found().orElseThrow()) {
            return network.identity();
        }
    }

    @Test
    void aNamedNamespaceIsFoundByTheAddressAlone() throws Exception {
        TestCgroup root = open.add(TestCgroup.create());
        PodDiscovery discovery = discovery(root);
        TestNetwork network = open.add(TestNetwork.create());
        PodFacts facts = facts(uid, network.right().ipv4(), network.right().ipv6());
        // Propagation would be missing where such a file is seen.
        Files.createFile(directory.resolve("cni-0"));
        assertThat(discovery.network(facts)).isInstanceOf(Finding.NotYet.class);

        name(network.left().namespace(), "cni-1");
        name(network.right().namespace(), "cni-2");
        Waits.until(() -> {
            Optional<PodNetwork> found = discovery.network(facts).found();
            found.ifPresent(PodNetwork::close);
            return found.filter(each -> each.namespace().inode()
                            == network.right().namespace().inode())
                    .isPresent();
        });
    }

    @Test
    void amongSeveralInterfacesTheAddressOrElseTheDefaultRouteTells() throws Exception {
        TestCgroup root = open.add(TestCgroup.create());
        PodDiscovery discovery = discovery(root);
        NetworkNamespace namespace = open.add(NetworkNamespace.create());
        InetAddress onFirst = InetAddress.getByName("198.18.7.1");
        int first;
        int second;
        try (RouteSocket socket = namespace.call(RouteSocket::open)) {
            Interfaces interfaces = socket.interfaces();
            first = interfaces.createVeth("net1", "other1").index();
            second = interfaces.createVeth("net2", "other2").index();
            for (InterfaceInfo each : interfaces.list()) {
                interfaces.setUp(each);
            }
            interfaces.addAddress(interfaces.get(first), new IpPrefix(onFirst, 24));
            interfaces.addAddress(interfaces.get(second), IpPrefix.parse("198.18.8.1/24"));
            interfaces.addDefaultRoute(interfaces.get(second), InetAddress.getByName("198.18.8.2"));
        }
        move(process(namespace), container(root, uid, CONTAINER));

        try (PodNetwork network = discovery.network(facts()).found().orElseThrow()) {
            assertThat(network.identity().interfaces()).containsExactly(second);
            assertThat(network.why()).isEqualTo("net2 has the default route");
            assertThat(network.others()).extracting(NamespaceInterface::name).contains("net1");
        }
        try (PodNetwork network = discovery.network(facts(uid, onFirst)).found().orElseThrow()) {
            assertThat(network.identity().interfaces()).containsExactly(first);
            assertThat(network.why()).isEqualTo("net1 has the pod's address");
        }
    }

    /** The hierarchies of this machine, as a process in a private cgroup namespace sees them. */
    @Test
    void aPrivateCgroupNamespaceChangesNothingAboutWhereHierarchiesAre() throws Exception {
        Path seen = directory.resolve("seen");
        List<CgroupMount> here =
                CgroupMounts.read(PROC.resolve("self/mountinfo")).all();
        try (TestCgroup cgroup = TestCgroup.create()) {
            Process process = new ProcessBuilder(
                            "sh",
                            "-c",
                            "echo $$ > \"$1\"/cgroup.procs"
                                    + " && exec unshare --cgroup cat /proc/self/mountinfo /proc/self/cgroup",
                            "sh",
                            cgroup.path().toString())
                    .redirectOutput(seen.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(process.waitFor()).isZero();
        }
        // It is at the top of its world, and the mount goes beyond that.
        List<String> lines = Files.readAllLines(seen);
        assertThat(lines).contains("0::/");
        assertThat(lines).anyMatch(line -> line.contains(" /.. ") && line.contains(" - cgroup2 "));
        Path mountinfo = Files.write(
                directory.resolve("mountinfo"),
                lines.stream().filter(line -> line.contains(" - ")).toList());
        assertThat(CgroupMounts.read(mountinfo).all()).containsExactlyElementsOf(here);
    }
}
