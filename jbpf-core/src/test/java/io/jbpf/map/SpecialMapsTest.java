package io.jbpf.map;

import static io.jbpf.map.SpecialMaps.load;
import static io.jbpf.map.SpecialMaps.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class SpecialMapsTest {
    private static final int NO_PREALLOC = 1;
    private static final int MMAPABLE = 1 << 10;

    private static LpmPrefix prefix(String address, int length) throws Exception {
        return new LpmPrefix(InetAddress.getByName(address), length);
    }

    @Test
    void aTrieFindsTheLongestPrefix() throws Exception {
        try (BpfObject object = load(Set.of("routes"), Set.of("finds_route"))) {
            LpmTrie<LpmPrefix, Integer> routes = LpmTrie.of(object.map("routes"), LpmPrefix.ipv4(), Codec.u32());
            assertThat(run(object, "finds_route")).isZero();
            routes.put(prefix("10.0.0.0", 8), 8);
            assertThat(run(object, "finds_route")).isEqualTo(8);
            routes.put(prefix("10.1.2.0", 24), 24);
            routes.put(prefix("0.0.0.0", 0), 1);
            assertThat(run(object, "finds_route")).isEqualTo(24);
            assertThat(routes.longestMatch(LpmPrefix.of(InetAddress.getByName("10.1.2.200"))))
                    .contains(24);
            assertThat(routes.longestMatch(LpmPrefix.of(InetAddress.getByName("192.0.2.1"))))
                    .contains(1);
            assertThat(routes.entries().keySet())
                    .containsExactlyInAnyOrder(prefix("10.0.0.0", 8), prefix("10.1.2.0", 24), prefix("0.0.0.0", 0));
            assertThat(routes.delete(prefix("10.1.2.0", 24))).isTrue();
            assertThat(routes.delete(prefix("10.1.2.0", 24))).isFalse();
            assertThat(run(object, "finds_route")).isEqualTo(8);
            assertThatThrownBy(() -> routes.put(prefix("2001:db8::", 32), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in a trie of IPv4 addresses");
        }
    }

    @Test
    void aTrieOfIpv6HasKeysOfTwentyBytes() throws Exception {
        MapSpec spec = MapSpec.of("jbpf_routes", MapType.LPM_TRIE, 20, 4, 10).withFlags(NO_PREALLOC);
        try (BpfMap map = BpfMap.create(spec)) {
            LpmTrie<LpmPrefix, Integer> routes = LpmTrie.of(map, LpmPrefix.ipv6(), Codec.u32());
            routes.put(prefix("2001:db8::", 32), 32);
            assertThat(routes.longestMatch(prefix("2001:db8:1::1", 128))).contains(32);
            assertThat(routes.longestMatch(prefix("2001:db9::1", 128))).isEmpty();
            assertThat(routes.entries()).containsOnlyKeys(prefix("2001:db8::", 32));
            // Walked key by key, whatever the kernel offers: its own batches begin again when a key is gone.
            assertThat(map.entries().isBatched()).isFalse();
            assertThat(map.entries().isExact()).isTrue();
            assertThat(map.count()).isEqualTo(1);
        }
        try (BpfMap full = BpfMap.create(spec.withMaxEntries(1))) {
            LpmTrie<LpmPrefix, Integer> routes = LpmTrie.of(full, LpmPrefix.ipv6(), Codec.u32());
            routes.put(prefix("2001:db8::", 32), 1);
            assertThatThrownBy(() -> routes.put(prefix("2001:db9::", 32), 1))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("all 1 entries are taken");
        }
    }

    @Test
    void anLruTakesNewOnesForever() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_lru", MapType.LRU_HASH, 4, 8, 1000))) {
            LongMap numbers = map.longs();
            IntStream.range(0, 10_000).forEach(i -> numbers.put(i, i));
            assertThat(map.count()).isBetween(1L, 1000L);
            assertThat(numbers.get(9999, -1)).isEqualTo(9999);
            assertThat(numbers.contains(0)).isFalse();
        }
    }

    @Test
    void aHashOfMapsHasKeysOfAnySize() {
        try (BpfObject object = load(Set.of("tenants"), Set.of("reads_tenant"));
                BpfMap inner = BpfMap.create(MapSpec.of("jbpf_tenant", MapType.HASH, 4, 4, 8));
                BpfMap other = BpfMap.create(MapSpec.of("jbpf_other", MapType.HASH, 8, 8, 8))) {
            MapOfMaps<Long> tenants = MapOfMaps.of(object.map("tenants"), Codec.u64());
            inner.longs().put(1, 42);
            assertThat(tenants.id(1L << 40)).isEmpty();
            assertThat(tenants.open(1L << 40)).isEmpty();
            assertThat(run(object, "reads_tenant")).isZero();
            tenants.put(1L << 40, inner);
            assertThat(run(object, "reads_tenant")).isEqualTo(42);
            assertThat(tenants.id(1L << 40)).hasValue(inner.info().id());
            try (BpfMap opened = tenants.open(1L << 40).orElseThrow()) {
                opened.longs().put(1, 43);
            }
            assertThat(run(object, "reads_tenant")).isEqualTo(43);
            assertThatThrownBy(() -> tenants.put(1L, other))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EINVAL));
            assertThat(object.map("tenants").count()).isEqualTo(1);
            assertThat(tenants.delete(1L << 40)).isTrue();
            assertThat(tenants.delete(1L << 40)).isFalse();
            assertThat(run(object, "reads_tenant")).isZero();
        }
    }

    @Test
    void anArrayOfMapsHasMapsThatProgramsRead() {
        try (BpfObject object = load(Set.of("rows"), Set.of("reads_row"));
                BpfMap inner = BpfMap.create(MapSpec.of("jbpf_row", MapType.ARRAY, 4, 4, 1));
                BpfMap other = BpfMap.create(MapSpec.of("jbpf_row", MapType.ARRAY, 4, 4, 1))) {
            MapOfMaps<Integer> rows = MapOfMaps.of(object.map("rows"), Codec.u32());
            inner.longs().put(0, 42);
            other.longs().put(0, 43);
            assertThat(run(object, "reads_row")).isZero();
            rows.put(1, inner);
            assertThat(run(object, "reads_row")).isEqualTo(42);
            rows.put(1, other);
            assertThat(run(object, "reads_row")).isEqualTo(43);
            assertThat(rows.id(1)).hasValue(other.info().id());
            assertThat(rows.delete(1)).isTrue();
            assertThat(run(object, "reads_row")).isZero();
        }
    }

    @Test
    void aProgramIsJumpedToFromItsSlot() {
        try (BpfObject object = load(Set.of("jumps"), Set.of("jumps_away", "jumped_to"))) {
            FdArray jumps = FdArray.of(object.map("jumps"));
            assertThat(run(object, "jumps_away")).isEqualTo(1);
            jumps.put(2, object.program("jumped_to"));
            assertThat(run(object, "jumps_away")).isEqualTo(77);
            assertThat(jumps.id(2)).hasValue(object.program("jumped_to").info().id());
            assertThat(jumps.id(1)).isEmpty();
            assertThat(jumps.delete(2)).isTrue();
            assertThat(jumps.delete(2)).isFalse();
            assertThat(run(object, "jumps_away")).isEqualTo(1);
            assertThatThrownBy(() -> jumps.put(4, object.program("jumped_to")))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("E2BIG");
        }
    }

    @Test
    void aQueueHasWhatAProgramPushed() {
        try (BpfObject object = load(Set.of("queue"), Set.of("pushes"))) {
            assertThat(run(object, "pushes")).isZero();
            QueueMap<Long> queue = object.map("queue").queue(Codec.u64());
            assertThat(queue.pop()).contains(4711L);
            assertThat(queue.pop()).isEmpty();
        }
    }

    @Test
    void aProgramPopsTheLastOfAStack() {
        try (BpfObject object = load(Set.of("stack"), Set.of("pops"))) {
            QueueMap<Long> stack = object.map("stack").queue(Codec.u64());
            stack.push(1L);
            stack.push(2L);
            assertThat(run(object, "pops")).isEqualTo(2);
            assertThat(stack.pop()).contains(1L);
            assertThat(run(object, "pops")).isZero();
        }
    }

    @Test
    void aBloomFilterKnowsWhatWasAdded(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.BLOOM_FILTER), "bloom filters (5.16)", reporter)) {
            assertThatThrownBy(() -> load(Set.of("seen"), Set.of()))
                    .hasMessageContaining("the kernel may not know maps of type BPF_MAP_TYPE_BLOOM_FILTER");
            return;
        }
        try (BpfObject object = load(Set.of("seen"), Set.of("has_seen"))) {
            BloomFilter<Long> seen = BloomFilter.of(object.map("seen"), Codec.u64());
            assertThat(seen.mightContain(4711L)).isFalse();
            assertThat(run(object, "has_seen")).isZero();
            seen.add(4711L);
            assertThat(seen.mightContain(4711L)).isTrue();
            assertThat(run(object, "has_seen")).isEqualTo(1);
        }
    }

    @Test
    void aValueIsReadAndWrittenUnderItsLock() {
        try (BpfObject object = load(Set.of("guards"), Set.of("counts_under_lock"));
                BpfMap plain = BpfMap.create(MapSpec.of("jbpf_plain", MapType.ARRAY, 4, 12, 1))) {
            Codec<List<Integer>> numbers = Codec.of(
                    12,
                    (value, to) -> to.putInt(0).putInt(value.get(0)).putInt(value.get(1)),
                    from -> List.of(from.getInt(), from.getInt(), from.getInt()));
            TypedMap<Integer, List<Integer>> guards =
                    object.map("guards").typed(Codec.u32(), numbers).locked();
            guards.put(0, List.of(5, 6));
            assertThat(run(object, "counts_under_lock")).isEqualTo(1);
            assertThat(guards.lookup(0)).contains(List.of(0, 6, 7));
            assertThatThrownBy(() -> plain.typed(Codec.u32(), numbers).locked().lookup(0))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("no bpf_spin_lock");
        }
    }

    @Test
    void aMappedArrayIsSharedWithPrograms() {
        try (BpfObject object = load(Set.of("cells"), Set.of("adds_to_cell"))) {
            MappedArray cells = MappedArray.of(object.map("cells"), true);
            assertThat(cells.length()).isEqualTo(4);
            cells.setRelease(2, 8, 99);
            cells.set(2, 1000);
            assertThat(run(object, "adds_to_cell")).isEqualTo(99);
            assertThat(cells.get(2)).isEqualTo(1003);
            assertThat(cells.getAndAdd(2, 0, 7)).isEqualTo(1003);
            assertThat(run(object, "adds_to_cell")).isEqualTo(99);
            assertThat(cells.getAcquire(2, 0)).isEqualTo(1013);
            assertThat(cells.compareAndSet(2, 0, 1, 2)).isFalse();
            assertThat(cells.compareAndSet(2, 0, 1013, 2)).isTrue();
            assertThat(object.map("cells")
                            .typed(Codec.u32(), Codec.bytes(16))
                            .lookup(2)
                            .map(bytes -> ByteBuffer.wrap(bytes)
                                    .order(java.nio.ByteOrder.nativeOrder())
                                    .getLong()))
                    .contains(2L);
            assertThatThrownBy(() -> cells.get(4))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessage("no long at offset 0 of element 4: there are 4 of 16 bytes");
            assertThatThrownBy(() -> cells.getAcquire(0, 12)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aMappedArrayLosesNoAdditionOfManyThreads() throws Exception {
        MapSpec spec = MapSpec.of("jbpf_cells", MapType.ARRAY, 4, 8, 10).withFlags(MMAPABLE);
        try (BpfMap map = BpfMap.create(spec)) {
            MappedArray cells = MappedArray.of(map, true);
            MappedArray readOnly = MappedArray.of(map, false);
            List<Thread> threads = IntStream.range(0, 4)
                    .mapToObj(i -> new Thread(() -> IntStream.range(0, 10_000).forEach(j -> cells.getAndAdd(3, 0, 1))))
                    .toList();
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(readOnly.getAcquire(3, 0)).isEqualTo(40_000);
            assertThatThrownBy(() -> readOnly.set(3, 1)).isInstanceOf(java.nio.ReadOnlyBufferException.class);
            assertThatThrownBy(map::freeze)
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("mapped for writing");
        }
        try (BpfMap frozen = BpfMap.create(spec)) {
            frozen.freeze();
            assertThat(MappedArray.of(frozen, false).get(9)).isZero();
            assertThatThrownBy(() -> MappedArray.of(frozen, true)).isInstanceOf(SystemCallException.class);
        }
    }

    @Test
    void anArrayThatIsNotMappableSaysSo() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_cells", MapType.ARRAY, 4, 8, 10))) {
            assertThatThrownBy(() -> MappedArray.of(map, false)).isInstanceOf(UnsupportedFeatureException.class);
        }
    }

    @Test
    void aStackIsKeptByAProgram() {
        try (BpfObject object = load(Set.of("stacks"), Set.of("keeps_stack"))) {
            int id = object.program("keeps_stack").run(new byte[0]);
            assertThat(id).isNotNegative();
            StackTraceMap stacks = StackTraceMap.of(object.map("stacks"));
            long[] addresses = stacks.addresses(id).orElseThrow();
            assertThat(addresses).isNotEmpty();
            assertThat(Arrays.stream(addresses).filter(address -> address >= 0))
                    .as("not of the kernel")
                    .isEmpty();
            assertThat(stacks.delete(id)).isTrue();
            assertThat(stacks.addresses(id)).isEmpty();
        }
    }

    @Test
    void aPerfEventGoesIntoItsArrayAndAFileDoesNot() {
        SystemCalls calls = SystemCalls.host();
        NativeMemory event = NativeMemory.allocate(112);
        // struct perf_event_attr: PERF_TYPE_SOFTWARE, its size, PERF_COUNT_SW_BPF_OUTPUT, PERF_SAMPLE_RAW
        event.buffer().putInt(0, 1).putInt(4, 112).putLong(8, 10).putLong(24, 1 << 10);
        int opened = calls.perfEventOpen(event.address(), -1, 0, -1, 0);
        assertThat(opened).isPositive();
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_events", MapType.PERF_EVENT_ARRAY, 4, 4, 2));
                Fd perf = Fd.own(calls, opened, "a perf event");
                OpenedObject file = OpenedObject.file(Path.of("/dev/null"))) {
            FdArray events = FdArray.of(map);
            DescriptorOwner owner = () -> perf;
            events.put(1, owner);
            assertThat(events.delete(1)).isTrue();
            assertThat(events.delete(1)).isFalse();
            assertThatThrownBy(() -> events.put(0, file)).isInstanceOf(SystemCallException.class);
        }
    }

    @Test
    void aProgramReadsTheCounterInTheArray() {
        SystemCalls calls = SystemCalls.host();
        // How long this thread has run, in nanoseconds (PERF_COUNT_SW_TASK_CLOCK): it is on the CPU when it asks.
        int opened = calls.perfEventOpen(PerfEventAttr.of(1, 1).address(), 0, -1, -1, 0);
        assertThat(opened).isPositive();
        try (BpfObject object = load(Set.of("counters", "readings"), Set.of("reads_counter"));
                Fd perf = Fd.own(calls, opened, "a perf event")) {
            assertThat(object.program("reads_counter").run(new byte[0])).isEqualTo(-Errno.ENOENT.number());
            DescriptorOwner owner = () -> perf;
            FdArray.of(object.map("counters")).put(0, owner);
            long first = reading(object);
            long second = reading(object);
            assertThat(first).isPositive();
            assertThat(second).isGreaterThan(first);
        }
    }

    private static long reading(BpfObject object) {
        assertThat(object.program("reads_counter").run(new byte[0])).isZero();
        byte[] value = object.map("readings")
                .typed(Codec.u32(), Codec.bytes(24))
                .lookup(0)
                .orElseThrow();
        return ByteBuffer.wrap(value).order(java.nio.ByteOrder.nativeOrder()).getLong();
    }

    /** {@code struct bpf_insn_array_value}: where an instruction was, is after verification, and in machine code. */
    @Test
    void anArrayOfInstructionsLearnsWhereTheyWent(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.INSN_ARRAY), "instruction arrays (6.19)", reporter)) {
            return;
        }
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_insns", MapType.INSN_ARRAY, 4, 16, 1))) {
            TypedMap<Integer, List<Integer>> places = map.typed(
                    Codec.u32(),
                    Codec.of(
                            16,
                            (value, to) -> value.forEach(to::putInt),
                            from -> List.of(from.getInt(), from.getInt(), from.getInt(), from.getInt())));
            places.put(0, List.of(5, 0, 0, 0));
            map.freeze();
            NativeMemory code = NativeMemory.allocate(6 * 8);
            int descriptor = map.fd().acquire();
            // r1 = map; r0 = 2; if r0 == 2 goto +1; r0 = 7; exit: the verifier takes out what is never done
            code.buffer().put(0, (byte) 0x18).put(1, (byte) 0x11).putInt(4, descriptor);
            code.buffer().put(16, (byte) 0xb7).putInt(20, 2);
            code.buffer().put(24, (byte) 0x15).putShort(26, (short) 1).putInt(28, 2);
            code.buffer().put(32, (byte) 0xb7).putInt(36, 7);
            code.buffer().put(40, (byte) 0x95);
            try (Fd program = loadXdp(code)) {
                List<Integer> place = places.lookup(0).orElseThrow();
                assertThat(place.get(0)).isEqualTo(5);
                assertThat(place.get(1)).as(program.what()).isEqualTo(3);
                assertThat(place.get(2)).isPositive();
            } finally {
                map.fd().release();
            }
        }
    }

    private static Fd loadXdp(NativeMemory code) {
        NativeMemory nothing = NativeMemory.allocate(0);
        int xdp = 6;
        int loaded = Bpf.host()
                .programLoad(
                        new Bpf.ProgramDefinition(
                                "jbpf_jumps", xdp, code, "GPL", 0, 0, 0, 0, nothing, 0, nothing, 0, 0, 0),
                        nothing,
                        0);
        assertThat(loaded).isPositive();
        return Bpf.host().own(loaded, "program 'jbpf_jumps'");
    }

    @Test
    void aViewOfAnotherTypeIsRefused() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_hash", MapType.HASH, 4, 4, 1))) {
            assertThatThrownBy(() -> FdArray.of(map))
                    .hasMessage("map 'jbpf_hash' is no array of programs, perf events or cgroups but of type"
                            + " BPF_MAP_TYPE_HASH");
            assertThatThrownBy(() -> MapOfMaps.of(map, Codec.u32())).hasMessageContaining("no map of maps");
            assertThatThrownBy(() -> LpmTrie.of(map, Codec.u32(), Codec.u32())).hasMessageContaining("no LPM trie");
            assertThatThrownBy(() -> LocalStorage.of(map, Codec.u32())).hasMessageContaining("no local storage");
            assertThatThrownBy(() -> SocketMap.of(map, Codec.u32())).hasMessageContaining("no map of sockets");
            assertThatThrownBy(() -> DeviceMap.of(map)).hasMessageContaining("no map of devices");
            assertThatThrownBy(() -> CpuMap.of(map)).hasMessageContaining("no map of CPUs");
            assertThatThrownBy(() -> StackTraceMap.of(map)).hasMessageContaining("no map of stack traces");
            assertThatThrownBy(() -> BloomFilter.of(map, Codec.u32())).hasMessageContaining("no bloom filter");
            assertThatThrownBy(() -> MappedArray.of(map, true)).hasMessageContaining("no array");
        }
    }
}
