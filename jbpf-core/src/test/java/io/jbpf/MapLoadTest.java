package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.error.VerifierException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.PossibleCpus;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class MapLoadTest {
    private static final byte[] PACKET = new byte[64];

    private final ObjectSpec spec = TestObjects.read("loaded_maps");

    private static int run(BpfObject object, String program) {
        return object.program(program).testRun(PACKET, 1).returned();
    }

    @Test
    void innerMapsAreInTheSlotsTheObjectSays() {
        try (BpfObject object = BpfObject.load(spec)) {
            var slots = object.map("filled").typed(Codec.u32(), Codec.u32());
            assertThat(slots.lookup(1)).contains(object.map("first").info().id());
            assertThat(slots.lookup(3)).contains(object.map("second").info().id());
            assertThat(slots.lookup(0)).isEmpty();
            object.map("second").typed(Codec.u32(), Codec.u64()).put(1, 99L);
            assertThat(run(object, "reads_inner_maps")).isEqualTo(99);
        }
    }

    @Test
    void anotherMapOfTheTemplatesShapeGoesIntoASlot() {
        MapSpec shape = spec.map("first").withoutTypes().withName("jbpf_inner");
        try (BpfObject object = BpfObject.load(spec);
                BpfMap inner = BpfMap.create(shape);
                BpfMap other = BpfMap.create(MapSpec.of("jbpf_other", MapType.HASH, 8, 8, 2))) {
            inner.typed(Codec.u32(), Codec.u64()).put(1, 7L);
            object.map("filled").putInner(3, inner);
            assertThat(run(object, "reads_inner_maps")).isEqualTo(7);
            assertThatThrownBy(() -> object.map("filled").putInner(3, other)).isInstanceOf(BpfException.class);
        }
    }

    @Test
    void aProgramArrayHoldsItsProgramsFromTheStart() {
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(run(object, "jumps_away")).isEqualTo(77);
        }
        ObjectSpec without = spec.withProgram("jumped_to", p -> p.withAutoload(false));
        assertThatThrownBy(() -> BpfObject.load(without))
                .hasMessageContaining("program array 'jumps'")
                .hasMessageContaining("'jumped_to' in slot 1");
    }

    @Test
    void sizesLeftToTheLoaderAreFilledIn() {
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.map("ring").info().maxEntries()).isEqualTo(MapLoad.ringSize(5000));
            assertThat(object.map("samples").info().maxEntries()).isEqualTo(PossibleCpus.count());
        }
        assertThat(MapLoad.ringSize(0)).isZero();
        assertThat(MapLoad.ringSize(1L << 31)).isEqualTo(1 << 31);
    }

    @Test
    void locksTimersAndKernelPointersAreKnownByTheirTypes() {
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.map("guards").info().btfValueTypeId()).isPositive();
            assertThat(object.map("tasks").info().btfValueTypeId()).isPositive();
            assertThat(run(object, "locks")).isZero();
        }
    }

    @Test
    void stringsAndSectionsOfOnesOwnAreMaps() {
        assertThat(spec.maps()).containsKeys(".rodata.defaults", ".rodata.str1.1", ".bss.own", ".data.own");
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(run(object, "uses_strings")).isZero();
            assertThat(object.variable("own_bss").get()).isEqualTo(4);
            assertThat(object.variable("own_data").get()).isEqualTo(-4);
            assertThat(object.variable("small").get()).isZero();
            object.variable("text").set("jello\0".getBytes(StandardCharsets.UTF_8));
            assertThat(run(object, "uses_strings")).isPositive();
            assertThat(object.variable("own_bss").get()).isEqualTo(8);
        }
    }

    @Test
    void variablesAreWrittenWhereProgramsSeeThem() {
        try (BpfObject object = BpfObject.load(spec)) {
            object.variable("own_bss").set(1000);
            run(object, "uses_strings");
            assertThat(object.variable("own_bss").get()).isEqualTo(1004);
            assertThat(object.variable("defaults").memory().orElseThrow().getInt(8))
                    .isEqualTo(3);
            assertThat(object.variable("defaults").isWritable()).isFalse();
            assertThatThrownBy(() -> object.variable("defaults").set(new byte[28]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("before the load");
            assertThatThrownBy(() -> object.variable("defaults").get()).hasMessageContaining("no integer");
            assertThatThrownBy(() -> object.variable("text").set(new byte[1])).hasMessageContaining("has 6 bytes");
            assertThatThrownBy(() -> object.variable("nope"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("own_bss");
        }
    }

    @Test
    void aVariableOutlivesItsObjectInMemory() {
        LoadedVariable variable;
        try (BpfObject object = BpfObject.load(spec)) {
            variable = object.variable("own_bss");
            variable.set(5);
        }
        assertThat(variable.get()).isEqualTo(5);
    }

    @Test
    void staticVariablesBesideNoGlobalOnesAreReadButNotWritten() {
        ObjectSpec sole = spec.withMap(".bss", map -> map.withFlags(0));
        try (BpfObject object = BpfObject.load(sole)) {
            run(object, "uses_strings");
            assertThat(object.variable("private_count").get()).isEqualTo(1);
            assertThatThrownBy(() -> object.variable("private_count").set(2))
                    .isInstanceOf(UnsupportedFeatureException.class);
        }
    }

    @Test
    void aMapOfTheCallersTakesTheObjectsPlace() {
        try (BpfMap mine = BpfMap.create(MapSpec.of("jbpf_mine", MapType.ARRAY, 4, 8, 2))) {
            LoadOptions options = LoadOptions.DEFAULTS.withMap("first", mine);
            try (BpfObject object = BpfObject.load(spec, options)) {
                assertThat(object.map("first").info().id())
                        .isEqualTo(mine.info().id());
            }
            assertThat(mine.typed(Codec.u32(), Codec.u64()).lookup(0)).contains(0L);
            assertThatThrownBy(() -> BpfObject.load(spec, LoadOptions.DEFAULTS.withMap("guards", mine)))
                    .hasMessageContaining("given for 'guards'")
                    .hasMessageContaining("type is ARRAY, not HASH")
                    .hasMessageContaining("value size is 8, not 24");
        }
    }

    @Test
    void aPinThatDoesNotFitIsRefusedWithEveryDifference() throws Exception {
        BpfFs pins = BpfFs.mounted()
                .subdirectory("jbpf_maps_" + ProcessHandle.current().pid());
        LoadOptions options = LoadOptions.DEFAULTS.withPins(pins);
        ObjectSpec pinned = spec.withMap("second", map -> map.withPinnedByName(true));
        try {
            BpfObject.load(pinned, options).close();
            ObjectSpec other = pinned.withMap("second", map -> map.withType(MapType.HASH)
                    .withKeySize(8)
                    .withValueSize(16)
                    .withMaxEntries(3)
                    .withFlags(1));
            assertThatThrownBy(() -> BpfObject.load(other, options))
                    .hasMessageContaining("type is ARRAY, not HASH")
                    .hasMessageContaining("key size is 4, not 8")
                    .hasMessageContaining("value size is 8, not 16")
                    .hasMessageContaining("max entries is 2, not 3")
                    .hasMessageContaining("flags is 0x0, not 0x1");
        } finally {
            Files.deleteIfExists(pins.pin("second"));
            Files.delete(pins.directory());
        }
    }

    @Test
    void aMapThatIsNotMadeIsNamedWhenAProgramGetsThere() {
        ObjectSpec without = spec.withMap("guards", map -> map.withAutocreate(false));
        assertThatThrownBy(() -> BpfObject.load(without)).isInstanceOfSatisfying(VerifierException.class, e -> {
            assertThat(e.program()).isEqualTo("locks");
            assertThat(e.summary()).contains("map 'guards'", "autocreate");
        });
        ObjectSpec unused = without.withProgram("locks", p -> p.withAutoload(false));
        try (BpfObject object = BpfObject.load(unused)) {
            assertThat(object.maps()).doesNotContainKey("guards");
        }
    }

    @Test
    void anArenaIsSharedMemoryWithVariables(TestReporter reporter) {
        ObjectSpec arena = TestObjects.read("arena");
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.ARENA), "arenas (Linux 6.9)", reporter)) {
            assertThatThrownBy(() -> BpfObject.load(arena))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("BPF_MAP_TYPE_ARENA");
            return;
        }
        try (BpfObject object = BpfObject.load(arena.withVariable("in_arena", 4711))) {
            assertThat(object.variable("in_arena").get()).isEqualTo(4711);
            assertThat(object.variable("also_in_arena").get()).isEqualTo(43);
            var arenaMap = object.map("arena");
            long start = arenaMap.arenaSize() - page(arenaMap.arenaSize());
            int offset = object.variable("also_in_arena").place().offset();
            assertThat(arenaMap.memory(true).order()).isEqualTo(ByteOrder.nativeOrder());
            assertThat(arenaMap.memory(true).getLong((int) start + offset))
                    .as("in the last page")
                    .isEqualTo(43);
            assertThat(arenaMap.memory(true).getLong(offset))
                    .as("not in the first")
                    .isZero();
            object.variable("in_arena").set(4712);
            assertThat(arenaMap.memory(start, 8, false).getLong(0)).isEqualTo(4712);
            assertThat(object.program("address_in_arena").run(new byte[0]) & 4095)
                    .as("the address, within its page")
                    .isEqualTo(offset);
            assertThat(object.program("value_in_arena").run(new byte[0]))
                    .as("what the program sees there")
                    .isEqualTo(43);
        }
    }

    /** The size of a page: the arena has ten. */
    private static long page(long arenaOfTen) {
        return arenaOfTen / 10;
    }

    @Test
    void theVariablesOfALargeArenaLieWhereTheKernelLetsInstructionsPoint(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.ARENA), "arenas (Linux 6.9)", reporter)) {
            return;
        }
        ObjectSpec arena = TestObjects.read("arena").withMap("arena", map -> map.withMaxEntries(1 << 16));
        // 4 GiB on x86_64, the most there is: a buffer cannot hold it.
        ObjectSpec large = arena.withMap("arena", map -> map.withMaxEntries((int) ((1L << 32) / pageSize())));
        try (BpfObject object = BpfObject.load(large)) {
            BpfMap map = object.map("arena");
            assertThat(map.arenaSize()).isEqualTo(1L << 32);
            boolean far = KernelProbes.feature(Feature.FAR_DIRECT_VALUES).isSupported();
            long start = far ? map.arenaSize() - pageSize() : 0;
            assertThat(object.variable("also_in_arena").get()).isEqualTo(43);
            assertThat(map.memory(
                                    start
                                            + object.variable("also_in_arena")
                                                    .place()
                                                    .offset(),
                                    8,
                                    false)
                            .getLong(0))
                    .isEqualTo(43);
            assertThat(object.program("value_in_arena").run(new byte[0])).isEqualTo(43);
            assertThat(map.memory((1L << 32) - 8, 8, true).getLong(0))
                    .as("the very end")
                    .isZero();
        }
    }

    private static long pageSize() {
        try (BpfMap one =
                BpfMap.create(MapSpec.of("one", MapType.ARENA, 0, 0, 1).withFlags(1 << 10))) {
            return one.arenaSize();
        }
    }

    @Test
    void anArenaTooSmallForItsVariablesIsRefused(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.mapType(MapType.ARENA), "arenas (Linux 6.9)", reporter)) {
            return;
        }
        ObjectSpec none = TestObjects.read("arena").withMap("arena", map -> map.withMaxEntries(1));
        byte[] variables = none.map("arena").initialValue().orElseThrow();
        assertThat(variables).hasSize(16);
        try (BpfObject object = BpfObject.load(none)) {
            assertThat(object.variable("in_arena").get())
                    .as("one page is enough")
                    .isEqualTo(42);
        }
        assertThatThrownBy(() -> TestObjects.read("two_arenas"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("[first, second] are arenas");
    }

    @Test
    void constantsLiveAsLongAsProgramsThatDoNotUseThem() {
        try (BpfObject object = BpfObject.load(TestObjects.read("constants"))) {
            assertThat(object.program("uses_none").currentInfo().mapIds())
                    .as("since Linux 5.10")
                    .containsExactly(object.map(".rodata").info().id());
            BpfMap data = object.map(".data");
            assertThat(data.isMappable()).as("nothing but hidden variables").isFalse();
            assertThat(object.variable("hidden_count").get()).isEqualTo(1);
        }
    }

    @Test
    void aStructOpsMapDecidesWhetherItsProgramsAreLoaded() {
        // Not by a link, for which Linux 6.4 would be needed.
        ObjectSpec spec = TestObjects.read("optional_program").withMap("made", map -> map.withFlags(0));
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.maps()).containsOnlyKeys("made");
            assertThat(object.programs()).containsOnlyKeys("wanted", "wanted_undo", "avoid");
        }
    }

    @Test
    void aMapThatLibbpfRefusesIsRefusedWithAWayOut() {
        assertThatThrownBy(() -> TestObjects.read("static_map"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("map 'mine' is static; remove the 'static'");
        assertThatThrownBy(() -> TestObjects.read("misplaced_values"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("map 'no_map_of_maps'")
                .hasMessageContaining("maps of maps have maps");
    }

    @Test
    void aStructOpsMapRegistersItsProgramsWithTheKernel() throws Exception {
        Path available = Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control");
        try (BpfObject object = BpfObject.load(withoutLinkedStructOps())) {
            assertThat(object.maps()).containsOnlyKeys("calm");
            assertThat(object.programs()).containsOnlyKeys("threshold", "avoid", "undo");
            byte[] value = object.structOpsValue("calm");
            assertThat(object.map("calm").info().valueSize()).isEqualTo(value.length);
            var calm = object.map("calm").typed(Codec.u32(), Codec.bytes(value.length));
            calm.put(0, value);
            try {
                assertThat(Files.readString(available)).contains("jbpf_calm");
            } finally {
                calm.delete(0);
            }
            assertThat(Files.readString(available)).doesNotContain("jbpf_calm");
        }
    }

    private static ObjectSpec withoutLinkedStructOps() {
        return TestObjects.read("struct_ops").withMap("calmer", map -> map.withAutocreate(false));
    }

    @Test
    void aStructOpsMapCanWaitForALink(TestReporter reporter) {
        try (BpfObject object = BpfObject.load(TestObjects.read("struct_ops"))) {
            assertThat(object.maps()).containsOnlyKeys("calm", "calmer");
            assertThat(object.map("calmer").info().flags()).isEqualTo(0x2000);
        } catch (SystemCallException e) {
            KernelSupport.lacks(reporter, "links of struct_ops (Linux 6.4): " + e.errno());
            assertThat(e.errno()).isEqualTo(Errno.EINVAL);
            assertThat(e).hasMessageContainingAll("'calmer'", "STRUCT_OPS", "0x2000");
        }
    }

    @Test
    void anInterfaceThatTheKernelDoesNotHaveIsNamed() {
        ObjectSpec wanted = withoutLinkedStructOps().withMap("optional", map -> map.withAutocreate(true));
        assertThatThrownBy(() -> BpfObject.load(wanted))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("nobody_has_this_interface");
        ObjectSpec set = withoutLinkedStructOps();
        byte[] value = set.map("calm").initialValue().orElseThrow();
        value[40] = 1; // not_in_the_kernel
        assertThatThrownBy(() -> BpfObject.load(set.withMap("calm", map -> map.withInitialValue(value))))
                .hasMessageContaining("'not_in_the_kernel'")
                .hasMessageContaining("no such member");
    }

    @Test
    void mapsOfTheOldKindAreRefused() {
        assertThatThrownBy(() -> TestObjects.read("legacy_maps"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("SEC(\".maps\")");
    }
}
