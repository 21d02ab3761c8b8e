package io.jbpf.safety;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.PinnedKindException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.fs.BpfFs;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.FoundLink;
import io.jbpf.link.KernelLink;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.link.TcxLink;
import io.jbpf.link.XdpLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.LongMap;
import io.jbpf.map.MapInfo;
import io.jbpf.map.UpdateMode;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes away, was never there or is something else, told to the running kernel: a typed error that says so. */
@KernelTest
class BadInputTest {
    private static final MapSpec TABLE = MapSpec.of("jbpf_bad", MapType.HASH, 4, 8, 1000);

    private static void refused(ThrowingCallable attempt, Errno errno, String... words) {
        assertThatThrownBy(attempt)
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                .hasMessageContainingAll(words);
    }

    // ---- descriptors

    @Test
    void aProcessAtItsLimitOfDescriptorsIsToldAndGoesOnWhenSomeAreFree() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 120 && exec \"$@\"",
                        "sh",
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        DescriptorLimit.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(said).contains("opened", "EMFILE", "ulimit -n", "went on");
        assertThat(child.exitValue()).as(said).isZero();
    }

    // ---- maps

    @ParameterizedTest
    @EnumSource(names = {"HASH", "LPM_TRIE"})
    void aMapThatIsEmptiedAndClosedUnderAWalkEndsIt(MapType type) {
        MapSpec spec = type == MapType.HASH
                ? TABLE
                : MapSpec.of("jbpf_bad", type, 8, 8, 1000).withFlags(1);
        BpfMap map = BpfMap.create(spec);
        ByteBuffer value = ByteBuffer.allocate(8);
        for (int i = 0; i < 1000; i++) {
            map.update(key(spec, i), value, UpdateMode.ANY);
        }
        EntryCursor batch = map.entries();
        assertThat(batch.advance()).isTrue();
        for (int i = 0; i < 1000; i++) {
            boolean unused = map.delete(key(spec, i));
        }
        long left = 0;
        while (batch.advance()) {
            left++;
        }
        assertThat(left).isLessThan(1000);
        assertThat(map.count()).isZero();
        for (int i = 0; i < 1000; i++) {
            map.update(key(spec, i), value, UpdateMode.ANY);
        }
        EntryCursor closedUnder = map.entries();
        assertThat(closedUnder.advance()).isTrue();
        map.close();
        // What was copied in a batch is still there; nothing more comes.
        assertThat(closedUnder.valueAsLong()).isZero();
        if (type == MapType.LPM_TRIE) {
            assertClosed(closedUnder);
        }
    }

    private static void assertClosed(EntryCursor cursor) {
        assertThatThrownBy(() -> {
                    while (cursor.advance()) {
                        assertThat(cursor.valueAsLong()).isNotNegative();
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("map 'jbpf_bad' is closed");
    }

    @Test
    void aMapThatIsClosedBetweenTwoBatchesEndsTheWalk() {
        int many = 50_000;
        BpfMap map = BpfMap.create(TABLE.withMaxEntries(many));
        long[] numbers = LongStream.range(0, many).toArray();
        map.longs().putAll(numbers, numbers);
        EntryCursor cursor = map.entries();
        assertThat(cursor.advance()).isTrue();
        map.close();
        assertClosed(cursor);
    }

    private static ByteBuffer key(MapSpec spec, int number) {
        ByteBuffer key = ByteBuffer.allocate(spec.keySize()).order(ByteOrder.nativeOrder());
        return spec.keySize() == 4 ? key.putInt(0, number) : key.putInt(0, 32).putInt(4, number);
    }

    @Test
    void whoMapsMoreOftenThanAProcessHasMappingsIsServed() throws IOException {
        MapSpec array = MapSpec.of("jbpf_bad", MapType.ARRAY, 4, 8, 8).withFlags(1 << 10);
        try (BpfMap map = BpfMap.create(array)) {
            map.longs().put(2, 7);
            for (int i = 0; i < 100_000; i++) {
                assertThat(map.memory(false).getLong(16)).isEqualTo(7);
            }
            assertThat(mappings()).isLessThan(1000);
            // Of many maps each has a mapping of its own, and a closed map's waits for the collector.
            for (int i = 0; i < 40_000; i++) {
                try (BpfMap copy = map.duplicate()) {
                    assertThat(copy.memory(false).getLong(16)).isEqualTo(7);
                }
            }
            assertThat(mappings()).isLessThan(30_000);
        }
    }

    private static long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("bpf-map")).count();
        }
    }

    @Test
    void viewsOfAClosedMapAreClosed() {
        BpfMap map = BpfMap.create(TABLE);
        LongMap longs = map.longs();
        map.close();
        List<ThrowingCallable> uses = List.of(
                () -> longs.get(1, 0),
                () -> longs.put(1, 0),
                () -> longs.putAll(LongStream.range(0, 10).toArray(), new long[10]),
                map::count,
                map::freeze,
                map::duplicate,
                () -> map.pin(BpfFs.DEFAULT_ROOT.resolve("jbpf_bad")),
                () -> map.drain().advance());
        assertThat(uses).allSatisfy(use -> assertThatThrownBy(use)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("map 'jbpf_bad' is closed"));
    }

    @Test
    void wrongSizesAreRefusedBeforeTheKernelSeesThem() {
        try (BpfMap map = BpfMap.create(TABLE)) {
            ByteBuffer eight = ByteBuffer.allocate(8);
            assertThatThrownBy(() -> map.lookup(ByteBuffer.allocate(3), eight))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a key of map 'jbpf_bad' has 4 bytes, not 3");
            assertThatThrownBy(() -> map.lookup(ByteBuffer.allocate(4), ByteBuffer.allocate(7)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a value of map 'jbpf_bad' has 8 bytes, not 7");
            assertThatThrownBy(() -> map.memory(false))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("BPF_F_MMAPABLE");
        }
        refused(
                () -> BpfMap.create(MapSpec.of("jbpf_bad", MapType.HASH, 0, 8, 10)),
                Errno.EINVAL,
                "create map 'jbpf_bad'");
    }

    @Test
    void whatVanishesWhileAllAreListedIsNotThere() throws Exception {
        Thread churn = new Thread(() -> {
            while (!Thread.interrupted()) {
                BpfMap.create(TABLE).close();
                TestStress.program("jbpf_bad").close();
            }
        });
        churn.setDaemon(true);
        churn.start();
        try (BpfMap stays = BpfMap.create(MapSpec.of("jbpf_stays", MapType.ARRAY, 4, 4, 1))) {
            for (int i = 0; i < 50; i++) {
                assertThat(KernelObjects.maps())
                        .extracting(MapInfo::id)
                        .contains(stays.info().id());
                assertThat(KernelObjects.programs()).isNotNull();
            }
        } finally {
            churn.interrupt();
            churn.join(TimeUnit.SECONDS.toMillis(20));
        }
        assertThat(churn.isAlive()).isFalse();
    }

    // ---- pins

    @Test
    void aPinElsewhereThanInABpffsSaysWhatIsThere(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("pin");
        String type = Files.getFileStore(directory).type();
        String says = directory + " is on a file system of type " + type + ", not a bpffs";
        String wayOut = "mount -t bpf bpf /sys/fs/bpf";
        try (BpfMap map = BpfMap.create(TABLE);
                BpfProgram program = TestStress.program("jbpf_bad")) {
            assertThatThrownBy(() -> map.pin(path))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContainingAll("pin map 'jbpf_bad' at " + path, says, wayOut);
            assertThatThrownBy(() -> program.pin(path))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContainingAll(says, wayOut);
        }
        Files.createFile(path);
        assertThatThrownBy(() -> BpfMap.openPinned(path))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContainingAll("open the map pinned at " + path, says);
        assertThatThrownBy(() -> KernelLink.openPinned(path))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining(says);
        assertThatThrownBy(() -> BpfFs.at(directory))
                .isInstanceOf(BpfException.class)
                .hasMessageContainingAll("of type " + type, wayOut);
    }

    @Test
    void aPinOfAnotherKindIsNamedWithWhatItIs() throws IOException {
        BpfFs directory = BpfFs.mounted().subdirectory("jbpf-" + UUID.randomUUID());
        Path mapPin = directory.pin("a_map");
        Path programPin = directory.pin("a_program");
        Path linkPin = directory.pin("a_link");
        try (BpfObject object = BpfObject.load(TestObjects.read("attach"));
                BpfMap map = BpfMap.create(TABLE);
                KernelLink link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
            map.pin(mapPin);
            object.program("on_raw_tracepoint").pin(programPin);
            link.pin(linkPin);

            isOfAnotherKind(() -> BpfMap.openPinned(programPin), programPin, "map", "program");
            isOfAnotherKind(() -> BpfMap.openPinned(linkPin), linkPin, "map", "link");
            isOfAnotherKind(() -> BpfProgram.openPinned(mapPin), mapPin, "program", "map");
            isOfAnotherKind(() -> BpfProgram.openPinned(linkPin), linkPin, "program", "link");
            isOfAnotherKind(() -> KernelLink.openPinned(mapPin), mapPin, "link", "map");
            isOfAnotherKind(() -> FoundLink.openPinned(programPin), programPin, "link", "program");
            BpfMap.openPinned(mapPin).close();
            BpfProgram.openPinned(programPin).close();
            KernelLink.openPinned(linkPin).close();
        } finally {
            Files.deleteIfExists(mapPin);
            Files.deleteIfExists(programPin);
            Files.deleteIfExists(linkPin);
            Files.delete(directory.directory());
        }
    }

    private static void isOfAnotherKind(ThrowingCallable call, Path pin, String expected, String found) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(PinnedKindException.class, e -> {
                    assertThat(e.path()).isEqualTo(pin);
                    assertThat(e.expected()).isEqualTo(expected);
                    assertThat(e.found()).isEqualTo(found);
                })
                .hasMessage("what is pinned at " + pin + " is a " + found + ", not a " + expected
                        + "; give the path of a " + expected + ", or open it as a " + found);
    }

    @Test
    void aPinThatCannotBeIsNamed() {
        Path root = BpfFs.mounted().directory();
        try (BpfMap map = BpfMap.create(TABLE)) {
            refused(
                    () -> map.pin(root.resolve("no_such_directory/pin")),
                    Errno.ENOENT,
                    "there is no directory " + root.resolve("no_such_directory"));
            assertThatThrownBy(() -> map.pin(root.resolve("with.dot")))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("no dots");
            refused(() -> BpfMap.openPinned(root.resolve("jbpf_no_such_pin")), Errno.ENOENT, "nothing is pinned there");
        }
    }

    @Test
    void anObjectWhosePinsHaveNoBpffsIsRefusedWhole(@TempDir Path directory) {
        ObjectSpec spec = TestObjects.read("maps");
        assertThatThrownBy(() -> BpfObject.load(spec, LoadOptions.DEFAULTS.withPins(BpfFs.at(directory))))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("is not in a bpffs");
    }

    // ---- interfaces and namespaces

    @Test
    void anInterfaceThatVanishesBetweenLookUpAndAttachIsNamed() {
        ObjectSpec spec = TestObjects.read("links")
                .withProgram("first", program -> program.withAutoload(true))
                .withProgram("passes_frames", program -> program.withAutoload(true));
        try (NetworkNamespace namespace = NetworkNamespace.create();
                RouteSocket socket = namespace.call(RouteSocket::open);
                BpfObject object = BpfObject.load(spec)) {
            InterfaceInfo veth = socket.interfaces().createVeth("veth0", "veth1");
            BpfProgram program = object.program("first");
            socket.interfaces().delete(veth);
            assertThatThrownBy(
                            () -> namespace.call(() -> TcxLink.attach(program, veth.index(), AttachType.TCX_INGRESS)))
                    .isInstanceOf(BpfException.class)
                    .satisfies(BadInputTest::isNoInterfaceOrUnsupported);
            assertThatThrownBy(() -> namespace.call(
                            () -> XdpLink.attach(object.program("passes_frames"), veth.index(), XdpMode.GENERIC)))
                    .isInstanceOf(BpfException.class);
            assertThatThrownBy(() ->
                            namespace.call(() -> ClsactFilter.attach(program, veth.index(), Direction.INGRESS, "bad")))
                    .isInstanceOf(UnknownInterfaceException.class);
            refused(
                    () -> ClsactFilter.attach(program, socket, veth, Direction.INGRESS, "bad"),
                    Errno.ENODEV,
                    "veth0",
                    "the interface is gone");
            refused(() -> ClsactFilter.attach(program, socket, veth, Direction.EGRESS, "bad"), Errno.ENODEV, "veth0");
            refused(() -> socket.interfaces().setUp(veth), Errno.ENODEV, "veth0");
            assertThat(socket.markedFilters().list(veth)).isEmpty();
        }
    }

    private static void isNoInterfaceOrUnsupported(Throwable e) {
        if (!(e instanceof UnsupportedFeatureException)) {
            assertThat(e).hasMessageContainingAll("ENODEV", "no interface of that index");
        }
    }

    @Test
    void aFilterWhoseInterfaceHasGoneSaysSoAndClosesQuietly() {
        try (NetworkNamespace namespace = NetworkNamespace.create();
                RouteSocket socket = namespace.call(RouteSocket::open);
                BpfProgram program = TestStress.program("jbpf_bad")) {
            InterfaceInfo veth = socket.interfaces().createVeth("veth0", "veth1");
            ClsactFilter filter = ClsactFilter.attach(program, socket, veth, Direction.INGRESS, "bad");
            socket.interfaces().delete(veth);
            assertThatThrownBy(() -> filter.update(program))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("is no longer on ingress of interface veth0");
            filter.close();
            assertThatThrownBy(filter::before)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is closed");
        }
    }

    @Test
    void aNamespaceThatIsNoneOrGoneIsNamed(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> NetworkNamespace.open(file))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("not a namespace");
        assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/proc/self/ns/mnt")))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("another kind");
        refused(() -> NetworkNamespace.open(directory.resolve("gone")), Errno.ENOENT, "gone");
        Process process = new ProcessBuilder("true").start();
        long pid = process.pid();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> NetworkNamespace.ofProcess(pid))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("there is no process " + pid);
    }
}
