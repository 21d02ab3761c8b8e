package io.jbpf.safety;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.event.RingBuffer;
import io.jbpf.link.IteratorLink;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.link.TcxLink;
import io.jbpf.link.TracepointLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.LongMap;
import io.jbpf.map.MapReferences;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.object.LinkTarget;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.probe.Support;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramLoader;
import io.jbpf.sys.HostReplacement;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.ScriptedKernel;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the kernel can answer, and seldom does: told to a scripted one, without root. Nothing is ever left open. */
@SuppressWarnings("try") // a replacement does its work by being open
class ErrnoPathsTest {
    private static final String LOAD = "BPF_PROG_LOAD";
    private static final String CREATE = "BPF_MAP_CREATE";
    private static final MapSpec TABLE = MapSpec.of("table", MapType.HASH, 4, 8, 100);

    private static final LinkTarget NOTHING = new LinkTarget() {
        @Override
        public int mapDescriptor(String mapName) {
            return 1;
        }

        @Override
        public Btf kernelBtf() {
            throw new AssertionError("no relocations");
        }
    };

    private final ScriptedKernel kernel = new ScriptedKernel();
    private final HostReplacement replacement = HostReplacement.by(kernel.calls());

    @AfterEach
    void assertNothingLeft() {
        replacement.close();
        kernel.assertNothingLeft();
    }

    private static BpfProgram load() {
        ObjectSpec spec = TestObjects.read("constants");
        ProgramSpec program = spec.programs().values().iterator().next();
        return new ProgramLoader("GPL", 0).load(program, spec.link(program, NOTHING));
    }

    private static Consumer<SystemCallException> errno(Errno expected) {
        return e -> assertThat(e.errno()).isEqualTo(expected);
    }

    private static void refused(ThrowingCallable attempt, Errno errno, String... words) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(SystemCallException.class, errno(errno))
                .hasMessageContainingAll(words);
    }

    // ---- loading

    @Test
    void anInterruptedVerifierIsAskedAgain() {
        kernel.fail(LOAD, Errno.EAGAIN).fail(LOAD, Errno.EAGAIN);
        load().close();
        assertThat(kernel.count(LOAD)).isEqualTo(3);
    }

    @Test
    void aVerifierThatIsAlwaysInterruptedIsAnErrorAndNoLoop() {
        for (int i = 0; i < 100; i++) {
            kernel.fail(LOAD, Errno.EAGAIN);
        }
        refused(ErrnoPathsTest::load, Errno.EAGAIN, "load program");
        assertThat(kernel.count(LOAD)).isLessThan(50);
    }

    @Test
    void aRefusalThatASecondTryDoesNotConfirmLeavesNothingBehind() {
        kernel.fail(LOAD, Errno.ENOMEM);
        refused(ErrnoPathsTest::load, Errno.ENOMEM, "a second try succeeded");
    }

    @Test
    void aLogThatNeverFitsEndsInAnError() {
        kernel.fail(LOAD, Errno.EACCES);
        for (int i = 0; i < 100; i++) {
            kernel.fail(LOAD, Errno.ENOSPC);
        }
        assertThatThrownBy(ErrnoPathsTest::load).isInstanceOf(BpfException.class);
        assertThat(kernel.count(LOAD)).isLessThan(20);
    }

    @Test
    void typesThatCannotBeLoadedForWantOfDescriptorsAreNotDoneWithout() {
        kernel.fail("BPF_BTF_LOAD", Errno.EMFILE);
        refused(() -> BpfObject.load(TestObjects.read("constants")), Errno.EMFILE, "load the BTF", "ulimit -n");
    }

    @Test
    void missingPrivilegesAreNamed() {
        kernel.fail(LOAD, Errno.EPERM).fail(LOAD, Errno.EPERM).fail(LOAD, Errno.EPERM);
        refused(ErrnoPathsTest::load, Errno.EPERM, "load program");
        kernel.fail(CREATE, Errno.EPERM);
        refused(() -> BpfMap.create(TABLE), Errno.EPERM, "CAP_BPF");
    }

    @Test
    void whatWasMadeBeforeTheDescriptorsRanOutIsClosed() {
        ObjectSpec spec = TestObjects.read("loaded_maps");
        for (int made = 0; made < spec.maps().size(); made++) {
            ScriptedKernel limited = new ScriptedKernel();
            limited.usual(CREATE, made);
            for (int i = 0; i < 100; i++) {
                limited.fail(CREATE, Errno.EMFILE);
            }
            try (HostReplacement limit = HostReplacement.by(limited.calls())) {
                refused(() -> BpfObject.load(spec, LoadOptions.DEFAULTS), Errno.EMFILE, "ulimit -n");
            } finally {
                HostReplacement.by(kernel.calls());
            }
            limited.assertNothingLeft();
        }
    }

    @Test
    void aProgramThatIsRefusedTakesTheMapsAndProgramsBeforeItAlong() {
        ObjectSpec spec = TestObjects.read("constants");
        kernel.on(LOAD, 2000).fail(LOAD, Errno.ENOMEM).fail(LOAD, Errno.ENOMEM);
        refused(() -> BpfObject.load(spec), Errno.ENOMEM, "load program");
        assertThat(kernel.count("close")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aMapThatTakesNoTypesIsMadeWithout() {
        kernel.fail(CREATE, Errno.EINVAL);
        MapSpec typed = TestObjects.read("maps").map("flows");
        BpfMap.create(typed, MapReferences.NONE.withBtf(7)).close();
        assertThat(kernel.count(CREATE)).isEqualTo(2);
    }

    @Test
    void typesThatAreRefusedWholeAreGivenInPart() {
        ObjectSpec spec = TestObjects.read("constants");
        kernel.fail("BPF_BTF_LOAD", Errno.EINVAL);
        BpfObject.load(spec).close();
        assertThat(kernel.count("BPF_BTF_LOAD")).isGreaterThan(1);
    }

    // ---- maps

    @Test
    void aFullMapSaysHowManyItTakes() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.fail("BPF_MAP_UPDATE_ELEM", Errno.E2BIG);
            refused(() -> map.longs().put(1, 2), Errno.E2BIG, "all 100 entries are taken", "map 'table'");
            kernel.fail("BPF_MAP_UPDATE_ELEM", Errno.ENOMEM);
            refused(() -> map.longs().put(1, 2), Errno.ENOMEM, "memory cgroup");
        }
    }

    @Test
    void aMapThatIsMappedCannotBeFrozen() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.fail("BPF_MAP_FREEZE", Errno.EBUSY);
            refused(map::freeze, Errno.EBUSY, "mapped for writing");
        }
    }

    @Test
    void aBatchThatHasNoRoomForABucketIsMadeLarger() {
        try (BpfMap map = BpfMap.create(MapSpec.of("table", MapType.HASH, 4, 8, 1 << 20))) {
            kernel.on("BPF_MAP_LOOKUP_BATCH", 0)
                    .fail("BPF_MAP_LOOKUP_BATCH", Errno.ENOSPC)
                    .fail("BPF_MAP_LOOKUP_BATCH", Errno.ENOSPC)
                    .fail("BPF_MAP_LOOKUP_BATCH", Errno.ENOENT);
            EntryCursor cursor = map.entries();
            assertThat(cursor.advance()).isTrue();
            assertThat(kernel.count("BPF_MAP_LOOKUP_BATCH")).isEqualTo(4);
        }
    }

    @Test
    void aBatchThatNeverHasRoomIsAnErrorAndNotAllMemory() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.on("BPF_MAP_LOOKUP_BATCH", 0);
            for (int i = 0; i < 40; i++) {
                kernel.fail("BPF_MAP_LOOKUP_BATCH", Errno.ENOSPC);
            }
            EntryCursor cursor = map.entries();
            refused(cursor::advance, Errno.ENOSPC, "read a batch of map 'table'");
            assertThat(kernel.count("BPF_MAP_LOOKUP_BATCH")).isLessThan(8);
        }
    }

    @Test
    void aBatchThatIsAlwaysInterruptedIsAnErrorAndNoLoop() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.on("BPF_MAP_LOOKUP_BATCH", 0);
            for (int i = 0; i < 2000; i++) {
                kernel.fail("BPF_MAP_LOOKUP_BATCH", Errno.EINTR);
            }
            EntryCursor cursor = map.entries();
            refused(cursor::advance, Errno.EINTR, "read a batch of map 'table'");
        }
    }

    @Test
    void aKernelWithoutBatchesIsWalkedKeyByKey() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.fail("BPF_MAP_LOOKUP_BATCH", Errno.EINVAL)
                    .on("BPF_MAP_GET_NEXT_KEY", 0)
                    .fail("BPF_MAP_GET_NEXT_KEY", Errno.ENOENT);
            EntryCursor cursor = map.entries();
            assertThat(cursor.advance()).isTrue();
            assertThat(cursor.advance()).isFalse();
        }
    }

    @Test
    void shortMemoryIsNoAnswerToWhetherThereAreBatches() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            LongMap longs = map.longs();
            kernel.fail("BPF_MAP_UPDATE_BATCH", Errno.ENOMEM);
            longs.putAll(new long[] {1}, new long[] {1});
            assertThat(kernel.count("BPF_MAP_UPDATE_ELEM")).isOne();
            longs.putAll(new long[] {1}, new long[] {1});
            assertThat(kernel.count("BPF_MAP_UPDATE_ELEM")).isOne();
        }
    }

    @Test
    void aKernelThatCannotTakeElementsOutSaysSo() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.fail("BPF_MAP_LOOKUP_AND_DELETE_ELEM", Errno.EINVAL);
            TypedMap<Integer, Long> typed = map.typed(Codec.u32(), Codec.u64());
            assertThatThrownBy(() -> typed.take(1))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("5.14");
        }
    }

    @Test
    void aMapWhoseInfoIsRefusedIsClosed() {
        kernel.fail("BPF_OBJ_GET_INFO_BY_FD", Errno.ENOMEM);
        refused(() -> BpfMap.create(TABLE), Errno.ENOMEM, "info of map 'table'");
        kernel.fail("BPF_OBJ_GET_INFO_BY_FD", Errno.ENOMEM);
        refused(() -> BpfMap.openById(5), Errno.ENOMEM, "info of map 5");
        kernel.fail("BPF_OBJ_GET_INFO_BY_FD", Errno.ENOMEM);
        refused(() -> BpfProgram.openById(5), Errno.ENOMEM, "info of program 5");
    }

    @Test
    void aCopyWithoutDescriptorsLeftLeavesTheOriginal() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            kernel.fail("duplicate", Errno.EMFILE);
            refused(map::duplicate, Errno.EMFILE, "duplicate the descriptor of map 'table'", "ulimit -n");
            map.duplicate().close();
        }
    }

    // ---- links

    @Test
    void aHookThatIsTakenIsNamed() {
        try (BpfProgram program = load()) {
            kernel.fail("BPF_RAW_TRACEPOINT_OPEN", Errno.EBUSY);
            refused(() -> RawTracepointLink.attach(program, "sys_enter"), Errno.EBUSY, "sys_enter");
            kernel.fail("BPF_LINK_CREATE", Errno.EMFILE);
            refused(
                    () -> TcxLink.attach(program, 2, AttachType.TCX_INGRESS),
                    Errno.EMFILE,
                    "TCX_INGRESS of interface 2",
                    "ulimit -n");
            kernel.fail("BPF_LINK_CREATE", Errno.ENODEV);
            refused(() -> TcxLink.attach(program, 2, AttachType.TCX_INGRESS), Errno.ENODEV, "no interface");
        }
    }

    @Test
    void shortDescriptorsAreNoAnswerToWhatAKernelCan() {
        kernel.fail(LOAD, Errno.EMFILE);
        assertThat(KernelProbes.link(LinkFeature.TCX).verdict()).isEqualTo(Support.Verdict.UNKNOWN);
        kernel.fail("BPF_LINK_CREATE", Errno.ENFILE);
        assertThat(KernelProbes.link(LinkFeature.TCX).verdict()).isEqualTo(Support.Verdict.UNKNOWN);
        kernel.fail("BPF_LINK_CREATE", Errno.ENODEV);
        assertThat(KernelProbes.link(LinkFeature.TCX).isSupported()).isTrue();
        assertThat(KernelProbes.link(LinkFeature.TCX).isSupported())
                .as("remembered")
                .isTrue();
    }

    @Test
    void anEventThatCannotBeEnabledIsClosedWithItsLink() throws IOException {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                java.nio.file.Files.isReadable(
                        java.nio.file.Path.of("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id")),
                "numbers of tracepoints are for root");
        kernel.on("fileSystemMagic", 0x74726163L);
        try (BpfProgram program = load()) {
            kernel.fail("ioctl", Errno.ENOMEM);
            refused(
                    () -> TracepointLink.attach(program, "raw_syscalls", "sys_enter"),
                    Errno.ENOMEM,
                    "PERF_EVENT_IOC_ENABLE");
        }
    }

    @Test
    void aReadThatIsInterruptedOrGivesWayIsGoneOnWith() throws IOException {
        try (BpfProgram program = load();
                IteratorLink link = IteratorLink.attach(program);
                InputStream run = link.run()) {
            kernel.fail("read", Errno.EINTR).fail("read", Errno.EAGAIN).on("read", 5);
            assertThat(run.readNBytes(5)).hasSize(5);
            assertThat(run.read()).isEqualTo(-1);
            assertThat(kernel.count("read")).isEqualTo(4);
        }
    }

    // ---- events and namespaces

    @Test
    void aRingThatCannotBeOpenedIsGivenBackFromEachPlace() {
        MapSpec ring = MapSpec.of("ring", MapType.RINGBUF, 0, 0, MappedMemory.PAGE_SIZE);
        try (BpfMap map = BpfMap.create(ring)) {
            for (String call : new String[] {"duplicate", "epollCreate", "eventfd", "epollControl"}) {
                kernel.fail(call, Errno.EMFILE);
                refused(() -> RingBuffer.open(map, (data, offset, length) -> {}), Errno.EMFILE, "ulimit -n");
            }
            kernel.fail("mmap", Errno.ENOMEM);
            refused(() -> RingBuffer.open(map, (data, offset, length) -> {}), Errno.ENOMEM, "map 'ring'");
            assertThat(kernel.open()).hasSize(1);
        }
    }

    @Test
    void aWaitThatIsInterruptedIsGoneOnWith() {
        MapSpec spec = MapSpec.of("ring", MapType.RINGBUF, 0, 0, MappedMemory.PAGE_SIZE);
        try (BpfMap map = BpfMap.create(spec);
                RingBuffer ring = RingBuffer.open(map, (data, offset, length) -> {})) {
            kernel.fail("epollWait", Errno.EINTR).fail("epollWait", Errno.EINTR);
            assertThat(ring.poll(Duration.ofMillis(20))).isZero();
            assertThat(kernel.count("epollWait")).isGreaterThanOrEqualTo(3);
            kernel.fail("epollWait", Errno.EBADF);
            refused(() -> ring.poll(Duration.ofSeconds(5)), Errno.EBADF, "wait for");
        }
    }

    @Test
    void aNamespaceThatMayNotBeEnteredIsNotMistakenForAnother() {
        kernel.on("ioctl", 0x4000_0000);
        // What is behind the scripted number is asked of /proc, which knows nothing of it.
        assertThatThrownBy(() -> NetworkNamespace.open(java.nio.file.Path.of("/run/netns/x")))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("cannot identify");
        kernel.fail("open", Errno.EMFILE);
        refused(NetworkNamespace::current, Errno.EMFILE, "ulimit -n");
        kernel.fail("open", Errno.EACCES);
        refused(() -> NetworkNamespace.ofProcess(1), Errno.EACCES, "CAP_SYS_PTRACE");
        kernel.fail("unshare", Errno.EPERM);
        refused(NetworkNamespace::create, Errno.EPERM, "CAP_SYS_ADMIN");
        kernel.fail("unshare", Errno.ENOSPC);
        refused(NetworkNamespace::create, Errno.ENOSPC, "max_net_namespaces");
    }

    @Test
    void aRouteSocketThatCannotBeSetUpIsClosed() {
        kernel.fail("socket", Errno.EMFILE);
        refused(RouteSocket::open, Errno.EMFILE, "ulimit -n");
        kernel.fail("setsockopt", Errno.ENOMEM);
        refused(RouteSocket::open, Errno.ENOMEM, "SO_RCVTIMEO");
        kernel.fail("connect", Errno.ENOMEM);
        refused(RouteSocket::open, Errno.ENOMEM, "connect");
        kernel.fail("send", Errno.ENOBUFS);
        try (RouteSocket socket = RouteSocket.open()) {
            assertThatThrownBy(() -> socket.interfaces().list())
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("send: ENOBUFS");
        }
    }
}
