package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.MarkedFilter;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.programs.CounterSizes;
import io.jbpf.programs.DatapathOptions;
import io.jbpf.programs.FirewallHook;
import io.jbpf.programs.FirewallOptions;
import io.jbpf.programs.FirewallRules;
import io.jbpf.programs.L4Datapath;
import io.jbpf.programs.L4Firewall;
import io.jbpf.programs.SyscallCounter;
import io.jbpf.programs.SyscallFilter;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with a counter and firewalls of either kind, left by a process that is gone. */
@KernelTest
class NodeUninstallTest {
    private static final int AGENT = 65_532;

    @TempDir
    private Path netns;

    private final Set<Integer> ourPrograms = new HashSet<>();
    private final Set<Integer> ourMaps = new HashSet<>();
    private TestBpffs bpffs;
    private TestNetwork network;
    private TestCgroup cgroup;
    private NodeDirectory node;

    @BeforeEach
    void make() throws IOException {
        bpffs = TestBpffs.mount();
        network = TestNetwork.create();
        cgroup = TestCgroup.create();
        node = new NodeDirectory(Files.createDirectory(bpffs.directory()));
        // As a container runtime keeps them, but that these end with the test.
        for (TestNetwork.End end : List.of(network.left(), network.right())) {
            int fd = end.namespace().fd().acquire();
            end.namespace().fd().release();
            Files.createSymbolicLink(
                    netns.resolve(end.interfaceInfo().name()),
                    Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd));
        }
    }

    @AfterEach
    void remove() throws IOException {
        cgroup.close();
        network.close();
        bpffs.close();
    }

    private static Set<Integer> programs() {
        return KernelObjects.programs().stream().map(ProgramInfo::id).collect(Collectors.toSet());
    }

    private static Set<Integer> maps() {
        return KernelObjects.maps().stream().map(MapInfo::id).collect(Collectors.toSet());
    }

    /** What is pinned, and what it refers to. */
    private void remember() {
        for (Path pin : everything()) {
            String name = pin.getFileName().toString();
            if (name.contains("link")) {
                continue;
            }
            if (name.contains("stub")) {
                try (BpfProgram program = BpfProgram.openPinned(pin)) {
                    ourPrograms.add(program.info().id());
                }
            } else {
                try (BpfMap map = BpfMap.openPinned(pin)) {
                    ourMaps.add(map.info().id());
                }
            }
        }
        KernelObjects.programs().stream()
                .filter(program -> program.mapIds().stream().anyMatch(ourMaps::contains))
                .forEach(program -> ourPrograms.add(program.id()));
    }

    private List<Path> everything() {
        try (Stream<Path> all = Files.walk(node.root())) {
            return all.filter(each -> !Files.isDirectory(each)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void uninstall() {
        new NodeUninstall(node.root(), Path.of("/proc"), netns).uninstall();
    }

    private void leaveFirewalls(FirewallHook hook) throws IOException {
        try (L4Datapath datapath = L4Datapath.open(BpfFs.at(node.root()), DatapathOptions.SINGLE.withFirewalls(8))) {
            for (TestNetwork.End end : List.of(network.left(), network.right())) {
                BpfFs place = BpfFs.at(Files.createDirectories(
                        node.filtered().resolve("default/" + end.interfaceInfo().name() + "/uid_c1_2")));
                L4Firewall firewall = end.namespace()
                        .call(() -> datapath.attachPinned(
                                place,
                                FirewallRules.allowAll(),
                                FirewallOptions.DEFAULTS.withHook(hook),
                                List.of(end.interfaceInfo())));
                firewall.close();
            }
        }
        remember();
    }

    private void leaveCounter() throws IOException {
        try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL, node.counter())) {
            counter.watchCgroup(cgroup.path(), SyscallFilter.all());
        }
        Files.createDirectories(node.counted().resolve("default/web/uid_0"));
        remember();
    }

    private List<MarkedFilter> filters() {
        List<MarkedFilter> filters = new ArrayList<>();
        for (TestNetwork.End end : List.of(network.left(), network.right())) {
            try (RouteSocket socket = end.routeSocket()) {
                filters.addAll(socket.markedFilters().list());
            }
        }
        return filters;
    }

    private void assertNothingIsLeft() {
        assertThat(node.root()).doesNotExist();
        assertThat(filters()).isEmpty();
        assertThat(ourPrograms).hasSizeGreaterThan(3);
        assertThat(ourMaps).hasSizeGreaterThan(3);
        Waits.until(() -> Collections.disjoint(ourPrograms, programs()) && Collections.disjoint(ourMaps, maps()));
    }

    @Test
    void leavesNothing() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        leaveCounter();
        assertThat(filters()).hasSize(4);

        uninstall();

        assertNothingIsLeft();
        uninstall();
    }

    /** Root in deploy/uninstall.yaml is not the owner of what it takes away, and may not pass for him. */
    @Test
    @RequiresTool("setpriv")
    void leavesNothingWithTheManifestsCapabilities() throws IOException, InterruptedException {
        L4Datapath.open(BpfFs.at(node.root()), DatapathOptions.SINGLE).close();
        leaveCounter();
        try (Stream<Path> all = Files.walk(node.root())) {
            for (Path each : all.toList()) {
                Files.setAttribute(each, "unix:uid", AGENT);
            }
        }
        Path output = Files.createTempFile(netns, "uninstall", ".log");

        ProcessBuilder builder = new ProcessBuilder(
                        "setpriv",
                        "--bounding-set=-all" + capabilities(),
                        "--inh-caps=-all",
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.jbpf.controller.Main",
                        "uninstall")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("BPFFS_ROOT", node.root().toString());
        builder.environment().put("NETNS_ROOT", netns.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor()).as(Files.readString(output)).isZero();
        } finally {
            process.destroyForcibly();
        }
        assertNothingIsLeft();
    }

    /** {@return what deploy/uninstall.yaml grants, as setpriv wants it: {@code ,+bpf,+net_admin}} */
    private static String capabilities() throws IOException {
        DaemonSet uninstall =
                Serialization.unmarshal(Files.readString(Path.of("..", "deploy", "uninstall.yaml")), DaemonSet.class);
        return uninstall
                .getSpec()
                .getTemplate()
                .getSpec()
                .getInitContainers()
                .get(0)
                .getSecurityContext()
                .getCapabilities()
                .getAdd()
                .stream()
                .map(name -> ",+" + name.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining());
    }

    @Test
    void leavesNoLink() throws IOException {
        try {
            leaveFirewalls(FirewallHook.TCX);
        } catch (BpfException e) {
            // A kernel without TCX, where there are filters alone.
            assertThat(e).hasMessageContaining("TCX");
            return;
        }
        uninstall();

        assertNothingIsLeft();
    }

    @Test
    void findsFiltersWhosePinsAreGone() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        for (Path firewall : NodeDirectory.below(node.filtered(), 3)) {
            for (Path pin : NodeDirectory.list(firewall)) {
                Files.delete(pin);
            }
        }
        assertThat(filters()).hasSize(4);

        uninstall();

        assertNothingIsLeft();
    }

    @Test
    void removesFirewallsWhoseDatapathIsGone() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        for (Path pin : NodeDirectory.list(node.root().resolve("datapath"))) {
            Files.delete(pin);
        }

        uninstall();

        assertNothingIsLeft();
    }

    @Test
    void leavesWhatIsAnothers() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        Path others = node.root().resolve("others");
        try (BpfMap map = BpfMap.create(MapSpec.of("test", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1))) {
            map.pin(others);
        }
        try (L4Firewall another = network.left()
                .namespace()
                .call(() -> L4Firewall.attach(
                        FirewallRules.allowAll(),
                        FirewallOptions.DEFAULTS.withHook(FirewallHook.CLSACT).withName("another's"),
                        List.of(network.left().interfaceInfo())))) {
            uninstall();

            assertThat(filters()).hasSize(2).allMatch(filter -> filter.name().equals("another's"));
            assertThat(another.stats().blocked().packets()).isZero();
            assertThat(TestBpffs.below(node.root())).containsExactly("others");
        }
    }

    @Test
    void refusesWhileAProcessHasTheNode() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        try (BpffsLock lock = BpffsLock.acquire(node.root())) {
            assertThatThrownBy(this::uninstall)
                    .isInstanceOf(NodeUnusableException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
            assertThat(lock.covers(node.root())).isTrue();
            assertThat(filters()).hasSize(4);
        }
        uninstall();

        assertNothingIsLeft();
    }

    @Test
    void leavesTheCounterOfANewerVersionWhole() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        leaveCounter();
        int layout = setLayout(99);
        List<String> counter = TestBpffs.below(node.counter());

        assertThatThrownBy(this::uninstall)
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContainingAll("The counter of system calls stays", "newer version", "layout 99");

        assertThat(filters()).isEmpty();
        assertThat(TestBpffs.below(node.counter())).isEqualTo(counter);
        assertThat(node.counted().resolve("default/web/uid_0")).isDirectory();
        assertThat(setLayout(layout)).isEqualTo(99);
        uninstall();

        assertNothingIsLeft();
    }

    /** Answers what it was. */
    private int setLayout(int version) {
        try (BpfMap map = BpfMap.openPinned(node.counter().resolve("layout"))) {
            TypedMap<Integer, Integer> number = map.typed(Codec.u32(), Codec.u32());
            int before = number.lookup(0).orElseThrow();
            number.put(0, version);
            return before;
        }
    }

    @Test
    void saysWhatStaysInUse() throws IOException {
        leaveFirewalls(FirewallHook.CLSACT);
        Path file = netns.resolve(network.right().interfaceInfo().name());
        Path hidden = netns.resolve("hidden");
        Path target = Files.readSymbolicLink(file);
        Files.delete(file);

        assertThatThrownBy(this::uninstall)
                .isInstanceOf(NodeUnusableException.class)
                .hasMessageContaining("in use by 2 programs")
                .hasMessageContaining("network namespace");

        Files.createSymbolicLink(hidden, target);
        uninstall();

        assertNothingIsLeft();
    }
}
