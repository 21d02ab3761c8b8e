package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.inspect.MapDump.Entry;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.LpmPrefix;
import io.jbpf.map.LpmTrie;
import io.jbpf.map.PossibleCpus;
import io.jbpf.map.UpdateMode;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.value.Value;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class MapDumpTest {
    private final BpfObject object = BpfObject.load(TestObjects.read("inspect"));

    @AfterEach
    void removeAll() {
        object.close();
    }

    private static List<Entry> dump(BpfMap map) {
        List<Entry> entries = new ArrayList<>();
        MapDump dump = MapDump.of(map);
        for (Optional<Entry> entry = dump.next(); entry.isPresent(); entry = dump.next()) {
            entries.add(entry.get());
        }
        return entries;
    }

    private static ByteBuffer flow(int from, int port, String name) {
        ByteBuffer key = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        key.putInt(0, from).putShort(4, (short) port);
        for (int i = 0; i < name.length(); i++) {
            key.put(6 + i, (byte) name.charAt(i));
        }
        return key;
    }

    @Test
    void aHashTableHasTheStructsThatWerePut() {
        BpfMap flows = object.map("flows");
        for (int i = 1; i <= 40; i++) {
            ByteBuffer value =
                    ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, i * 1000L);
            flows.update(flow(i, 40_000 + i, "f" + i), value, UpdateMode.ANY);
        }

        assertThat(dump(flows)).hasSize(40).allSatisfy(entry -> {
            long from = (Long) ((Value.Compound) entry.key()).get("from").plain();
            assertThat(entry.key().plain()).isEqualTo(Map.of("from", from, "port", 40_000 + from, "name", "f" + from));
            assertThat(entry.values()).extracting(Value::plain).containsExactly(from * 1000);
        });
    }

    @Test
    void aPerCpuMapHasAValueForEachCpu() {
        object.map("per_cpu").perCpu(Codec.u32(), Codec.u32()).fill(1, 42);

        assertThat(dump(object.map("per_cpu")))
                .containsExactly(
                        new Entry(number(0), Collections.nCopies(PossibleCpus.count(), number(0))),
                        new Entry(number(1), Collections.nCopies(PossibleCpus.count(), number(42))));
    }

    private static Value number(long value) {
        return new Value.Whole(BigInteger.valueOf(value));
    }

    @Test
    void aTrieHasItsPrefixes() throws UnknownHostException {
        LpmTrie<LpmPrefix, Long> trie = LpmTrie.of(object.map("prefixes"), LpmPrefix.ipv4(), Codec.u64());
        trie.put(new LpmPrefix(InetAddress.getByAddress(new byte[] {10, 1, 0, 0}), 16), 5L);

        assertThat(dump(object.map("prefixes")))
                .extracting(Entry::toString)
                .containsExactly("{.length = 16, .address = {10, 1, 0, 0}}: 5");
    }

    @Test
    void dataSectionsHaveTheirVariablesByName() {
        object.variable("number").set(23);

        assertThat(dump(object.map(".data")))
                .extracting(Entry::toString)
                .containsExactly("0: {.latest = {.from = 1, .port = 443, .name = \"https\"}}");
        assertThat(dump(object.map(".bss"))).extracting(Entry::toString).containsExactly("0: {.number = 23}");
        assertThat(dump(object.map(".rodata")))
                .singleElement()
                .satisfies(entry -> assertThat(entry.values().get(0).toString()).contains(".limit = 7"));
    }

    @Test
    void aMapOfMapsHasTheIdsOfWhatIsInIt() {
        try (BpfMap inner = BpfMap.create(MapSpec.of("inner", MapType.ARRAY, 4, 4, 1))) {
            object.map("outer").putInner(1, inner);

            assertThat(dump(object.map("outer")))
                    .containsExactly(
                            new Entry(number(1), List.of(number(inner.info().id()))));
        }
    }

    @Test
    void aStructOpsMapHasTheKernelsStruct(TestReporter reporter) {
        ObjectSpec spec = TestObjects.read("struct_ops").withMap("calmer", map -> map.withAutocreate(false));
        try (BpfObject operations = BpfObject.load(spec)) {
            assertThat(dump(operations.map("calm"))).singleElement().satisfies(entry -> {
                Value.Compound value = (Value.Compound) entry.values().get(0);
                assertThat(((Value.Compound) value.get("data")).get("name")).isEqualTo(new Value.Text(""));
            });
        } catch (SystemCallException e) {
            assertThat(e.call()).isEqualTo("bpf(BPF_MAP_CREATE)");
            KernelSupport.lacks(reporter, "struct_ops for congestion control: " + e.errno());
        }
    }

    @Test
    void withoutTypesThereAreBytes() {
        byte[] key = {1, 2, 3};
        byte[] value = {9, 8, 7, 6, 5};
        object.map("untyped").update(ByteBuffer.wrap(key), ByteBuffer.wrap(value), UpdateMode.ANY);

        assertThat(dump(object.map("untyped")))
                .containsExactly(new Entry(
                        new Value.Raw(HexFormat.of().formatHex(key)),
                        List.of(new Value.Raw(HexFormat.of().formatHex(value)))));
    }

    @Test
    void whatHasNoKeysOrCannotBeReadIsRefusedByName() {
        try (BpfMap queue = BpfMap.create(MapSpec.of("waiting", MapType.QUEUE, 0, 4, 3));
                BpfMap events = BpfMap.create(MapSpec.of("events", MapType.PERF_EVENT_ARRAY, 4, 4, 2))) {
            assertThatThrownBy(() -> MapDump.of(queue))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("'waiting'")
                    .hasMessageContaining("BPF_MAP_TYPE_QUEUE");
            assertThatThrownBy(() -> dump(events))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("'events'")
                    .hasMessageContaining("BPF_MAP_TYPE_PERF_EVENT_ARRAY");
        }
    }
}
