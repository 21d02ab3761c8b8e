package io.jbpf.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.jbpf.BpfObject;
import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.DataSection;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the maps of types.bpf.c, field by field as {@code bpftool map dump} formats it. */
@KernelTest
@RequiresTool("bpftool")
final class BpftoolValuesTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();
    private static final HexFormat HEX = HexFormat.of();

    private final Random random = new Random(5);

    @Test
    void everyFieldIsAsBpftoolSays() throws Exception {
        compareAll(TestObjects.read("types"));
    }

    @Test
    @RequiresTool({"bpftool", "clang-19"})
    void soAreEnumsOf64Bits(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("types.o");
        Tool.run(
                "clang-19",
                "-target",
                "bpfel",
                "-mcpu=v2",
                "-O2",
                "-g",
                "-c",
                "src/test/bpf/types.bpf.c",
                "-o",
                file.toString());
        compareAll(ObjectSpec.read(file));
    }

    private void compareAll(ObjectSpec spec) throws Exception {
        try (BpfObject object = BpfObject.load(spec)) {
            for (String map : List.of("by_key", "by_index", "by_colour")) {
                fill(object.map(map), types(object.map(map)));
                compareEntries(object.map(map));
            }
            comparePerCpu(object.map("per_cpu"));
            ByteBuffer section = object.map(".bss").memory(true);
            while (section.hasRemaining()) {
                section.put((byte) random.nextInt());
            }
            compareSection(object.map(".bss"));
        }
    }

    private static Btf types(BpfMap map) {
        return KernelTypes.ofId(map.info().btfId());
    }

    // ---- what is in them

    private void fill(BpfMap map, Btf btf) {
        MapInfo info = map.info();
        var entries = map.typed(Codec.bytes(info.keySize()), Codec.bytes(info.valueSize()));
        for (int i = 0; i < info.maxEntries(); i++) {
            byte[] key = new byte[info.keySize()];
            if (info.name().equals("by_index")) {
                key[0] = (byte) i;
            } else {
                sensible(btf, info.btfKeyTypeId(), ByteBuffer.wrap(key).order(ByteOrder.nativeOrder()), 0);
            }
            byte[] value = new byte[info.valueSize()];
            sensible(btf, info.btfValueTypeId(), ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()), 0);
            entries.put(key, value);
        }
        assertThat(entries.entries()).isNotEmpty();
    }

    /** Bytes by chance, but truth values that are one or zero, and often a known enumerator or a text that ends. */
    private void sensible(Btf btf, int typeId, ByteBuffer bytes, int at) {
        int id = btf.resolve(typeId);
        int size = (int) btf.sizeOf(id);
        if (btf.type(id) instanceof Struct struct) {
            for (Member member : struct.members()) {
                if (member.bitSize() != 0) {
                    bytes.put(at + member.byteOffset(), (byte) random.nextInt());
                } else if (!member.name().equals("zero")) {
                    sensible(btf, member.typeId(), bytes, at + member.byteOffset());
                }
            }
        } else if (btf.type(id) instanceof Array array
                && !btf.typeName(array.elementTypeId()).equals("char")) {
            int step = size / (int) array.count();
            for (int i = 0; i < array.count(); i++) {
                sensible(btf, array.elementTypeId(), bytes, at + i * step);
            }
        } else if (btf.type(id) instanceof Enumeration enumeration && random.nextInt(3) != 0) {
            long value = enumeration
                    .values()
                    .get(random.nextInt(enumeration.values().size()))
                    .value();
            byte[] all = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array();
            assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            bytes.put(at, all, 0, size);
        } else if (btf.type(id) instanceof Int number && number.bool()) {
            bytes.put(at, (byte) random.nextInt(2));
        } else {
            // Letters: bpftool prints quotation marks and backslashes as they are.
            boolean text = btf.kind(id) == BtfKind.ARRAY && random.nextInt(3) != 0;
            for (int i = 0; i < size; i++) {
                bytes.put(at + i, (byte) (text ? i == size - 1 ? 0 : 'a' + random.nextInt(26) : random.nextInt()));
            }
        }
    }

    // ---- comparison

    private static List<?> dump(BpfMap map) throws Exception {
        return JSON.readValue(
                Tool.run(
                        "bpftool",
                        "-j",
                        "map",
                        "dump",
                        "id",
                        Integer.toString(map.info().id())),
                List.class);
    }

    private static Object get(Object json, String name) {
        Object found = ((Map<?, ?>) json).get(name);
        if (found == null) {
            throw new AssertionError("no '" + name + "' in " + json);
        }
        return found;
    }

    private static String bytes(Object json) {
        return ((List<?>) json).stream().map(b -> b.toString().substring(2)).collect(Collectors.joining());
    }

    private static void compareEntries(BpfMap map) throws Exception {
        MapInfo info = map.info();
        Btf btf = types(map);
        ValueReader reader = new ValueReader(btf);
        Map<String, byte[]> ours = new HashMap<>();
        map.typed(Codec.bytes(info.keySize()), Codec.bytes(info.valueSize()))
                .entries()
                .forEach((key, value) -> ours.put(HEX.formatHex(key), value));
        List<?> theirs = dump(map);
        assertThat(theirs).hasSameSizeAs(ours.keySet());
        for (Object entry : theirs) {
            String key = bytes(get(entry, "key"));
            byte[] value = ours.getOrDefault(key, new byte[0]);
            assertThat(HEX.formatHex(value)).isEqualTo(bytes(get(entry, "value")));
            Object formatted = get(entry, "formatted");
            int keyType = info.btfKeyTypeId();
            compare(btf, keyType, reader.read(keyType, HEX.parseHex(key)), get(formatted, "key"), "key");
            int valueType = info.btfValueTypeId();
            compare(btf, valueType, reader.read(valueType, value), get(formatted, "value"), "value");
        }
    }

    private void comparePerCpu(BpfMap map) throws Exception {
        Btf btf = types(map);
        int type = map.info().btfValueTypeId();
        byte[] value = new byte[map.info().valueSize()];
        random.nextBytes(value);
        map.perCpu(Codec.u64(), Codec.bytes(value.length)).fill(-2L, value);
        Object formatted = get(dump(map).get(0), "formatted");
        assertThat(get(formatted, "key")).isEqualTo(new BigInteger("18446744073709551614"));
        List<byte[]> ours =
                map.perCpu(Codec.u64(), Codec.bytes(value.length)).lookup(-2L).orElseThrow();
        List<?> theirs = (List<?>) get(formatted, "values");
        assertThat(theirs).hasSameSizeAs(ours);
        for (int cpu = 0; cpu < ours.size(); cpu++) {
            compare(
                    btf,
                    type,
                    new ValueReader(btf).read(type, ours.get(cpu)),
                    get(theirs.get(cpu), "value"),
                    "cpu" + cpu);
        }
    }

    private static void compareSection(BpfMap map) throws Exception {
        Btf btf = types(map);
        MapInfo info = map.info();
        DataSection section = (DataSection) btf.type(info.btfValueTypeId());
        byte[] content =
                map.typed(Codec.u32(), Codec.bytes(info.valueSize())).lookup(0).orElseThrow();
        Value.Compound ours = (Value.Compound) new ValueReader(btf).read(info.btfValueTypeId(), content);
        List<?> theirs = (List<?>) get(get(get(dump(map).get(0), "formatted"), "value"), section.name());
        assertThat(ours.fields()).hasSameSizeAs(theirs).hasSizeGreaterThan(5);
        for (int i = 0; i < theirs.size(); i++) {
            Value.Field field = ours.fields().get(i);
            int variable = section.entries().get(i).typeId();
            int type = ((io.jbpf.btf.BtfType.Var) btf.type(variable)).typeId();
            compare(btf, type, field.value(), get(theirs.get(i), field.name()), field.name());
        }
    }

    private static void compare(Btf btf, int typeId, Value ours, Object theirs, String path) {
        int id = btf.resolve(typeId);
        if (btf.type(id) instanceof Struct struct) {
            List<Value.Field> fields = ((Value.Compound) ours).fields();
            assertThat(fields).as(path).hasSameSizeAs(struct.members());
            assertThat(((Map<?, ?>) theirs)).as(path).hasSameSizeAs(fields);
            for (int i = 0; i < fields.size(); i++) {
                Member member = struct.members().get(i);
                String name = path + "." + member.name();
                assertThat(fields.get(i).name()).as(name).isEqualTo(member.name());
                Object their = get(theirs, member.name());
                if (member.bitSize() != 0) {
                    assertThat(modulo(number(fields.get(i).value()), member.bitSize()))
                            .as(name)
                            .isEqualTo(modulo(number(their), member.bitSize()));
                } else {
                    compare(btf, member.typeId(), fields.get(i).value(), their, name);
                }
            }
        } else if (btf.type(id) instanceof Array array && ours instanceof Value.Sequence sequence) {
            List<?> elements = (List<?>) theirs;
            assertThat(sequence.elements()).as(path).hasSameSizeAs(elements);
            for (int i = 0; i < elements.size(); i++) {
                compare(btf, array.elementTypeId(), sequence.elements().get(i), elements.get(i), path + "[" + i + "]");
            }
        } else if (ours instanceof Value.Text || ours instanceof Value.Truth || theirs instanceof Boolean) {
            assertThat(ours.plain()).as(path).isEqualTo(theirs);
        } else if (btf.type(id) instanceof Enumeration enumeration) {
            Value.Choice choice = (Value.Choice) ours;
            if (enumeration.values().stream().anyMatch(e -> e.name().equals(theirs))) {
                assertThat(choice.name()).as(path).isEqualTo(theirs);
            } else {
                int bits = enumeration.size() * 8;
                // It reads small enums as signed, and so does not know the large values of unsigned ones.
                assertThat(choice.name().isEmpty()
                                || (enumeration.size() < 4 && number(theirs).signum() < 0))
                        .as("%s: %s is %s", path, theirs, choice)
                        .isTrue();
                assertThat(modulo(choice.value(), bits)).as(path).isEqualTo(modulo(number(theirs), bits));
            }
        } else if (btf.type(id) instanceof Pointer) {
            assertThat(number(ours)).as(path).isEqualTo(number(theirs));
        } else if (btf.type(id) instanceof Int integer && integer.bits() > Long.SIZE) {
            // Printed as their bits, in hexadecimal.
            assertThat(modulo(number(ours), integer.bits())).as(path).isEqualTo(number(theirs));
        } else {
            assertThat(number(ours)).as(path).isEqualTo(number(theirs));
        }
    }

    private static BigInteger modulo(BigInteger number, int bits) {
        return number.mod(BigInteger.ONE.shiftLeft(bits));
    }

    private static BigInteger number(Value value) {
        if (value instanceof Value.Choice choice) {
            return choice.value();
        } else if (value instanceof Value.Truth truth) {
            return truth.value() ? BigInteger.ONE : BigInteger.ZERO;
        } else if (value instanceof Value.Address address) {
            return new BigInteger(Long.toUnsignedString(address.address()));
        } else if (value instanceof Value.Letter letter) {
            return BigInteger.valueOf(letter.code());
        }
        return ((Value.Whole) value).value();
    }

    private static BigInteger number(Object json) {
        return json instanceof String text && text.startsWith("0x")
                ? new BigInteger(text.substring(2), 16)
                : (BigInteger) json;
    }

    @Test
    void floatingPointNumbersAreWhatJavaWroteThere() {
        ObjectSpec spec = TestObjects.read("types");
        try (BpfObject object = BpfObject.load(spec)) {
            BpfMap map = object.map("measured");
            ByteBuffer value = ByteBuffer.allocate(map.info().valueSize()).order(ByteOrder.nativeOrder());
            value.putFloat(0, 1.5f)
                    .putDouble(8, -2.25e100)
                    .putFloat(16, Float.MIN_VALUE)
                    .putFloat(20, -0.0f);
            map.typed(Codec.bytes(4), Codec.bytes(value.capacity())).put(new byte[] {'a', 'b', 0, 'c'}, value.array());
            byte[] stored = map.typed(Codec.bytes(4), Codec.bytes(value.capacity()))
                    .lookup(new byte[] {'a', 'b', 0, 'c'})
                    .orElseThrow();
            ValueReader reader = new ValueReader(types(map));
            assertThat(reader.read(map.info().btfKeyTypeId(), new byte[] {'a', 'b', 0, 'c'})
                            .plain())
                    .isEqualTo("ab");
            assertThat(reader.read(map.info().btfValueTypeId(), stored).plain())
                    .isEqualTo(Map.of(
                            "single", 1.5, "twice", -2.25e100, "row", Arrays.asList((double) Float.MIN_VALUE, -0.0)));
        }
    }
}
