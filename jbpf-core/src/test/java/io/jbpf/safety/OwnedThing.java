package io.jbpf.safety;

import io.jbpf.BpfObject;
import io.jbpf.event.EventGroup;
import io.jbpf.event.RecordHandler;
import io.jbpf.event.RingBuffer;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.EntryCursor;
import io.jbpf.map.OpenedObject;
import io.jbpf.map.UpdateMode;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.MappedMemory;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Each kind of object that owns something of the kernel's, and a use of it that checks its outcome.
 *
 * @param name what it is
 * @param open makes one
 */
record OwnedThing(String name, Callable<Usable> open) {
    static final long MAGIC = 0x6a62_7066_6a62_7066L;
    private static final RecordHandler IGNORE = (data, offset, length) -> {};
    private static final MapSpec TABLE = MapSpec.of("jbpf_race", MapType.HASH, 4, 8, 8);

    /** One of them. */
    @SuppressWarnings("try") // its close may throw whatever the test makes of it
    interface Usable extends AutoCloseable {
        /**
         * Uses it.
         *
         * @throws IllegalStateException if it is closed
         */
        void use() throws Exception;
    }

    @FunctionalInterface
    private interface Use {
        void run() throws Exception;
    }

    @SuppressWarnings("try")
    private static Usable usable(AutoCloseable owned, Use use, AutoCloseable... alongside) {
        return new Usable() {
            @Override
            public void use() throws Exception {
                use.run();
            }

            @Override
            public void close() throws Exception {
                owned.close();
                for (AutoCloseable each : alongside) {
                    each.close();
                }
            }
        };
    }

    static List<OwnedThing> all() {
        return List.of(
                new OwnedThing("map", OwnedThing::map),
                new OwnedThing("bytes of a map", OwnedThing::bytes),
                new OwnedThing("cursor", OwnedThing::cursor),
                new OwnedThing("cursor from key to key", OwnedThing::keyCursor),
                new OwnedThing("mapped memory", OwnedThing::memory),
                new OwnedThing("program", OwnedThing::program),
                new OwnedThing("link", OwnedThing::link),
                new OwnedThing("object", OwnedThing::object),
                new OwnedThing("ring buffer", OwnedThing::ring),
                new OwnedThing("group of events", OwnedThing::group),
                new OwnedThing("namespace", OwnedThing::namespace),
                new OwnedThing("rtnetlink socket", OwnedThing::socket),
                new OwnedThing("clsact filter", OwnedThing::filter),
                new OwnedThing("process", OwnedThing::process));
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("a call reached something else: " + what);
        }
    }

    private static BpfMap filled(MapSpec spec) {
        BpfMap map = BpfMap.create(spec);
        map.longs().put(1, MAGIC);
        return map;
    }

    private static Usable map() {
        BpfMap map = filled(TABLE);
        return usable(map, () -> {
            map.longs().put(1, MAGIC);
            require(map.longs().get(1, 0) == MAGIC, "look-up");
            require(map.typed(Codec.u32(), Codec.u64()).entries().equals(Map.of(1, MAGIC)), "entries");
        });
    }

    private static Usable bytes() {
        BpfMap map = filled(TABLE);
        ByteBuffer key = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(0, 1);
        return usable(map, () -> {
            ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            require(map.lookup(key, value) && value.getLong(0) == MAGIC, "look-up of bytes");
            try (BpfMap copy = map.duplicate()) {
                require(copy.longs().get(1, 0) == MAGIC, "copy");
            }
        });
    }

    private static Usable cursor() {
        BpfMap map = filled(TABLE);
        return usable(map, () -> walk(map.entries()));
    }

    private static Usable keyCursor() {
        // The kernel has no batches for tries that jbpf would use.
        BpfMap map =
                BpfMap.create(MapSpec.of("jbpf_race", MapType.LPM_TRIE, 8, 8, 8).withFlags(1));
        ByteBuffer key = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(0, 32);
        ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, MAGIC);
        map.update(key, value, UpdateMode.ANY);
        return usable(map, () -> walk(map.entries()));
    }

    private static void walk(EntryCursor cursor) {
        require(cursor.advance(), "first of a walk");
        require(cursor.valueAsLong() == MAGIC, "value of a walk");
        require(!cursor.advance(), "end of a walk");
    }

    private static Usable memory() {
        BpfMap map = filled(MapSpec.of("jbpf_race", MapType.ARRAY, 4, 8, 8).withFlags(1 << 10));
        ByteBuffer before = map.memory(false);
        return usable(map, () -> {
            // What is mapped outlives the map; mapping it anew does not.
            require(before.getLong(8) == MAGIC, "memory mapped before");
            require(map.memory(false).getLong(8) == MAGIC, "memory");
        });
    }

    private static Usable program() {
        BpfProgram program = TestStress.program("jbpf_race");
        return usable(program, () -> {
            require(program.testRun(new byte[64], 1).returned() == TestStress.ANSWER, "test run");
            require(program.currentInfo().id() == program.info().id(), "info");
        });
    }

    private static Usable link() {
        BpfObject object = BpfObject.load(TestObjects.read("attach"));
        RawTracepointLink link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter");
        int program = object.program("on_raw_tracepoint").info().id();
        return usable(link, () -> require(link.info().programId() == program, "info of a link"), object);
    }

    private static Usable object() {
        BpfObject object = BpfObject.load(TestObjects.read("attach"));
        return usable(object, () -> object.map("hits").count());
    }

    private static Usable ring() {
        BpfMap map = BpfMap.create(MapSpec.of("jbpf_race", MapType.RINGBUF, 0, 0, MappedMemory.PAGE_SIZE));
        RingBuffer ring = RingBuffer.open(map, IGNORE);
        return usable(
                ring,
                () -> {
                    require(ring.poll(Duration.ofMillis(1)) == 0, "events");
                    ring.wakeUp();
                    require(ring.consume() == 0, "events");
                },
                map);
    }

    private static Usable group() {
        BpfMap map = BpfMap.create(MapSpec.of("jbpf_race", MapType.RINGBUF, 0, 0, MappedMemory.PAGE_SIZE));
        RingBuffer ring = RingBuffer.open(map, IGNORE);
        EventGroup group = EventGroup.of(ring);
        return usable(group, () -> require(group.poll(Duration.ofMillis(1)) == 0, "events"), ring, map);
    }

    private static Usable namespace() {
        NetworkNamespace namespace = NetworkNamespace.create();
        long inode = namespace.inode();
        return usable(
                namespace,
                () -> require(
                        namespace.call(() -> {
                                    try (NetworkNamespace inside = NetworkNamespace.current()) {
                                        return inside.inode();
                                    }
                                })
                                == inode,
                        "namespace"));
    }

    private static Usable socket() {
        NetworkNamespace namespace = NetworkNamespace.create();
        RouteSocket socket = namespace.call(RouteSocket::open);
        InterfaceInfo veth = socket.interfaces().createVeth("race0", "race1");
        return usable(
                socket,
                () -> require(
                        socket.interfaces().get(veth.index()).name().equals("race0"), "answer of another namespace"),
                namespace);
    }

    private static Usable filter() {
        NetworkNamespace namespace = NetworkNamespace.create();
        BpfProgram program = TestStress.program("jbpf_race");
        try (RouteSocket socket = namespace.call(RouteSocket::open)) {
            InterfaceInfo veth = socket.interfaces().createVeth("race0", "race1");
            ClsactFilter filter =
                    namespace.call(() -> ClsactFilter.attach(program, veth.index(), Direction.INGRESS, "race"));
            return usable(
                    filter,
                    () -> {
                        require(filter.before().isEmpty(), "filters");
                        filter.update(program);
                    },
                    program,
                    namespace);
        }
    }

    private static Usable process() {
        OpenedObject process = OpenedObject.process(ProcessHandle.current().pid());
        return usable(process, () -> process.fd().duplicate().close());
    }

    @Override
    public String toString() {
        return name;
    }
}
