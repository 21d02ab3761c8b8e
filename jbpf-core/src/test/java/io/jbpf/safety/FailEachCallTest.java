package io.jbpf.safety;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.AttachedObject;
import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.event.PerfBuffer;
import io.jbpf.event.PerfBufferOptions;
import io.jbpf.event.RingBuffer;
import io.jbpf.event.UserRingBuffer;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.link.CgroupLink;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.IteratorLink;
import io.jbpf.link.KernelLink;
import io.jbpf.link.NetnsLink;
import io.jbpf.link.TcxLink;
import io.jbpf.link.XdpAttachment;
import io.jbpf.link.XdpLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.FaultyHost;
import io.jbpf.sys.HostReplacement;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever call of whatever use fails, it ends in a typed exception or goes well, and no descriptor and no mapping is left:
 * each scenario is run as often as it makes calls, and each time another of them fails.
 */
@KernelTest
@Tag(KernelSupport.SIMULATED)
@SuppressWarnings("try") // a link does its work by being open
class FailEachCallTest {
    private static final List<Errno> USUAL =
            List.of(Errno.EMFILE, Errno.ENOMEM, Errno.EPERM, Errno.EINVAL, Errno.EINTR, Errno.EAGAIN);

    /** For what takes the kernel long, such as the grace period of a detachment. */
    private static final List<Errno> FEW = List.of(Errno.EMFILE, Errno.EINVAL);

    /** What a program does; it owns nothing when it is left. */
    @FunctionalInterface
    private interface Scenario {
        void run() throws IOException;
    }

    private static void failEachCall(Scenario scenario) throws IOException {
        failEachCall(USUAL, scenario);
    }

    private static void failEachCall(List<Errno> errnos, Scenario scenario) throws IOException {
        // What is remembered for the process (probes, types, the number of CPUs) is asked for now.
        scenario.run();
        int calls = callsOf(scenario);
        assertThat(calls).isPositive();
        for (Errno errno : errnos) {
            int number = 0;
            while (runFailing(scenario, number, errno)) {
                number++;
            }
            assertThat(number).as("calls that failed with " + errno).isBetween(calls / 2, 20 * calls);
        }
    }

    private static int callsOf(Scenario scenario) throws IOException {
        FaultyHost host = FaultyHost.sound();
        try (HostReplacement replaced = HostReplacement.by(host.calls())) {
            scenario.run();
        }
        host.assertNothingLeft("without any failure");
        return host.made().size();
    }

    /** {@return whether the scenario made so many calls} */
    private static boolean runFailing(Scenario scenario, int number, Errno errno) throws IOException {
        FaultyHost host = FaultyHost.failing(number, errno);
        String what = errno + " from call " + number;
        try (HostReplacement replaced = HostReplacement.by(host.calls())) {
            scenario.run();
        } catch (BpfException e) {
            assertThat(host.hasFailed()).as(what + ": " + e).isTrue();
            assertThat(e.getMessage()).as(what).isNotBlank();
        } catch (IOException e) {
            // What a stream throws has the typed one as its cause.
            assertThat(e).as(what).hasCauseInstanceOf(BpfException.class);
        } catch (RuntimeException e) {
            throw new AssertionError(what + " (" + host.failed() + ") ended in an exception of no type", e);
        }
        host.assertNothingLeft(what + " (" + host.failed() + ")");
        return host.hasFailed();
    }

    private static ObjectSpec links(String... programs) {
        ObjectSpec spec = TestObjects.read("links");
        for (String program : programs) {
            spec = spec.withProgram(program, each -> each.withAutoload(true));
        }
        return spec;
    }

    @Test
    void loadingAnObjectOfEveryKindOfMap() throws IOException {
        ObjectSpec spec = TestObjects.read("loaded_maps");
        failEachCall(FEW, () -> {
            try (BpfObject object = BpfObject.load(spec)) {
                assertThat(object.programs()).isNotEmpty();
            }
        });
    }

    @Test
    void checkingAnObject() throws IOException {
        ObjectSpec spec = TestObjects.read("constants");
        failEachCall(() -> BpfObject.check(spec, LoadOptions.DEFAULTS));
    }

    @Test
    void loadingAndAttachingAWholeObject() throws IOException {
        ObjectSpec spec = TestObjects.read("attach");
        failEachCall(FEW, () -> {
            try (BpfObject object = BpfObject.load(spec);
                    AttachedObject attached = object.attach()) {
                assertThat(attached.links()).isNotEmpty();
            }
        });
    }

    @Test
    void loadingWithPinsAndOpeningThem() throws IOException {
        BpfFs directory = BpfFs.mounted().subdirectory("jbpf-" + UUID.randomUUID());
        Path mapPin = directory.pin("untyped");
        Path programPin = directory.pin("program");
        ObjectSpec spec = TestObjects.read("constants");
        try {
            failEachCall(() -> {
                try (BpfObject object = BpfObject.load(spec)) {
                    BpfMap map = object.maps().values().iterator().next();
                    BpfProgram program = object.programs().values().iterator().next();
                    map.pin(mapPin);
                    program.pin(programPin);
                    try (BpfMap map2 = BpfMap.openPinned(mapPin);
                            BpfMap map3 = map2.duplicate();
                            BpfProgram program2 = BpfProgram.openPinned(programPin)) {
                        assertThat(map3.info().id()).isEqualTo(map.info().id());
                        assertThat(program2.info().id())
                                .isEqualTo(program.info().id());
                    }
                } finally {
                    Files.deleteIfExists(mapPin);
                    Files.deleteIfExists(programPin);
                }
            });
        } finally {
            Files.delete(directory.directory());
        }
    }

    @Test
    void lockingADirectory() throws IOException {
        BpfFs directory = BpfFs.mounted().subdirectory("jbpf-" + UUID.randomUUID());
        try {
            failEachCall(() -> {
                try (BpffsLock lock = BpffsLock.acquire(directory.directory())) {
                    assertThat(lock.covers(directory.directory())).isTrue();
                }
            });
        } finally {
            Files.delete(directory.directory());
        }
    }

    @Test
    void usingAMap() throws IOException {
        MapSpec spec = MapSpec.of("table", MapType.HASH, 4, 8, 16);
        failEachCall(() -> {
            try (BpfMap map = BpfMap.create(spec)) {
                TypedMap<Integer, Long> view = map.typed(Codec.u32(), Codec.u64());
                view.put(1, 2L);
                assertThat(view.lookup(1)).hasValue(2L);
                assertThat(map.count()).isPositive();
                EntryCursor drained = map.drain();
                assertThat(drained.advance()).isTrue();
                assertThat(drained.advance()).isFalse();
            }
        });
    }

    @Test
    void readingARingBuffer() throws IOException {
        ObjectSpec spec = TestObjects.read("ring_events");
        failEachCall(() -> {
            try (BpfObject object = BpfObject.load(spec);
                    RingBuffer events = RingBuffer.open(object.map("events"), (data, offset, length) -> {})) {
                events.consume();
                events.wakeUp();
                events.poll(Duration.ofMillis(1));
            }
        });
    }

    @Test
    void writingAUserRingBuffer() throws IOException {
        ObjectSpec spec = TestObjects.read("user_ring");
        failEachCall(() -> {
            try (BpfObject object = BpfObject.load(spec);
                    UserRingBuffer requests = UserRingBuffer.open(object.map("requests"));
                    UserRingBuffer.Reservation record =
                            requests.reserve(8, Duration.ofMillis(1)).orElseThrow()) {
                record.submit();
            }
        });
    }

    @Test
    void readingAPerfBuffer() throws IOException {
        ObjectSpec spec = TestObjects.read("perf_events");
        failEachCall(() -> {
            try (BpfObject object = BpfObject.load(spec);
                    PerfBuffer samples = PerfBuffer.open(
                            object.map("samples"), PerfBufferOptions.DEFAULTS, (cpu, data, offset, length) -> {})) {
                samples.consume();
                samples.poll(Duration.ofMillis(1));
            }
        });
    }

    @Test
    void enteringNetworkNamespaces() throws IOException {
        failEachCall(FEW, () -> {
            try (NetworkNamespace made = NetworkNamespace.create();
                    NetworkNamespace here = NetworkNamespace.current();
                    NetworkNamespace ours =
                            NetworkNamespace.ofProcess(ProcessHandle.current().pid())) {
                assertThat(here.isSameAs(ours)).isTrue();
                assertThat(made.isSameAs(here)).isFalse();
                assertThat(made.call(() -> 1)).isOne();
                made.cookie();
                try (RouteSocket socket = made.call(RouteSocket::open)) {
                    InterfaceInfo veth = socket.interfaces().createVeth("a", "b", made);
                    socket.interfaces().setUp(veth);
                    assertThat(socket.interfaces().list()).hasSize(3);
                    socket.interfaces().delete(veth);
                }
            }
        });
    }

    @Test
    void attachingAtAnInterface() throws IOException {
        ObjectSpec spec = links("first", "second", "passes_frames");
        failEachCall(FEW, () -> {
            try (NetworkNamespace namespace = NetworkNamespace.create();
                    BpfObject object = BpfObject.load(spec);
                    RouteSocket socket = namespace.call(RouteSocket::open)) {
                InterfaceInfo veth = socket.interfaces().createVeth("a", "b");
                namespace.call(() -> {
                    attachEveryWay(object, veth.index());
                    return 0;
                });
            }
        });
    }

    private static void attachEveryWay(BpfObject object, int index) {
        try (ClsactFilter filter = ClsactFilter.attach(object.program("first"), index, Direction.INGRESS, "test")) {
            filter.update(object.program("second"));
            ClsactFilter.find(index, Direction.INGRESS, "test", filter.info().programId())
                    .ifPresent(ClsactFilter::leave);
            assertThat(filter.before()).isEmpty();
        }
        try (TcxLink link = TcxLink.attach(object.program("first"), index, AttachType.TCX_INGRESS)) {
            assertThat(AttachedPrograms.ofTcx(index, AttachType.TCX_INGRESS).entries())
                    .hasSize(1);
            link.update(object.program("second"));
            try (KernelLink same = KernelLink.openById(link.info().id())) {
                assertThat(same).isInstanceOf(TcxLink.class);
            }
            link.detach();
        }
        try (XdpLink link = XdpLink.attach(object.program("passes_frames"), index, XdpMode.GENERIC)) {
            assertThat(link.info().details()).isNotNull();
        }
        try (XdpAttachment attachment = XdpAttachment.attach(object.program("passes_frames"), index, XdpMode.GENERIC)) {
            assertThat(attachment.description()).isNotEmpty();
        }
    }

    @Test
    void attachingElsewhere() throws IOException {
        ObjectSpec spec = links("allows_connections", "lists_tasks", "refuses_lookups");
        try (TestCgroup cgroup = TestCgroup.create()) {
            failEachCall(() -> {
                try (BpfObject object = BpfObject.load(spec);
                        NetworkNamespace namespace = NetworkNamespace.create();
                        CgroupLink here = CgroupLink.attach(
                                object.program("allows_connections"), cgroup.path(), AttachType.CGROUP_INET4_CONNECT);
                        NetnsLink there =
                                NetnsLink.attach(object.program("refuses_lookups"), namespace, AttachType.SK_LOOKUP);
                        IteratorLink tasks = IteratorLink.attach(object.program("lists_tasks"));
                        InputStream lines = tasks.run()) {
                    assertThat(lines.readAllBytes()).isNotEmpty();
                }
            });
        }
    }

    @Test
    void listingWhatIsLoaded() throws IOException {
        ObjectSpec spec = TestObjects.read("attach");
        try (BpfObject object = BpfObject.load(spec);
                AttachedObject attached = object.attach()) {
            failEachCall(() -> {
                assertThat(KernelObjects.maps()).isNotEmpty();
                assertThat(KernelObjects.programs()).isNotEmpty();
                KernelObjects.links();
            });
        }
    }
}
