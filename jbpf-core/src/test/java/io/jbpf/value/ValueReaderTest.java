package io.jbpf.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.FloatingPoint;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.BtfType.Typedef;
import io.jbpf.btf.BtfType.Var;
import io.jbpf.btf.RandomBtf;
import io.jbpf.error.MalformedObjectException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ValueReaderTest {
    private BtfBuilder types = BtfBuilder.create(ByteOrder.LITTLE_ENDIAN);

    private Value read(int id, String hex) {
        return new ValueReader(types.build("test")).read(id, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private int signed(int size) {
        return types.add(BtfBuilder.signed("int", size));
    }

    private int unsigned(int size) {
        return types.add(BtfBuilder.unsigned("unsigned int", size));
    }

    private int character() {
        return types.add(BtfBuilder.signed("char", 1));
    }

    private int struct(int size, Member... members) {
        return types.add(new Struct("s", size, false, List.of(members)));
    }

    @Test
    void readsNumbersOfEverySizeAndSign() {
        assertThat(read(signed(4), "feffffff").plain()).isEqualTo(-2L);
        assertThat(read(unsigned(4), "feffffff").plain()).isEqualTo(4294967294L);
        assertThat(read(unsigned(8), "ffffffffffffffff").plain()).isEqualTo(new BigInteger("18446744073709551615"));
        assertThat(read(unsigned(16), "00000000000000000100000000000000")).hasToString("18446744073709551616");
        assertThat(read(types.add(new Int("_Bool", 1, 8, 0, false, false, true)), "01")
                        .plain())
                .isEqualTo(true);
        assertThat(read(types.add(new FloatingPoint("double", 8)), "000000000000f83f")
                        .plain())
                .isEqualTo(1.5);
        assertThat(read(types.add(new FloatingPoint("float", 4)), "0000807f").plain())
                .isEqualTo("Infinity");
        assertThat(read(types.add(new FloatingPoint("half", 2)), "003c")).hasToString("0x003c");
        assertThat(read(types.add(new Pointer(0)), "00f0ffffffffffff")).hasToString("0xfffffffffffff000");
        assertThat(read(character(), "41")).hasToString("'A'");
        assertThat(read(character(), "0a")).hasToString("'\\x0a'");
    }

    @Test
    void namesEnumerators() {
        Enumerator minus = new Enumerator("MINUS", -1);
        int narrow = types.add(new Enumeration("e", 4, true, false, List.of(minus, new Enumerator("ONE", 1))));
        int wide = types.add(new Enumeration("w", 8, false, true, List.of(new Enumerator("MAX", -1L))));
        int small = types.add(new Enumeration("b", 1, false, false, List.of(new Enumerator("HIGH", 200))));
        assertThat(read(narrow, "ffffffff").plain()).isEqualTo("MINUS");
        assertThat(read(narrow, "05000000").plain()).isEqualTo(5L);
        assertThat(read(wide, "ffffffffffffffff")).hasToString("MAX");
        assertThat(read(small, "c8")).hasToString("HIGH");
    }

    @Test
    void readsStructsWithBitFieldsArraysAndText() {
        int number = unsigned(4);
        int name = types.add(new Array(character(), number, 8));
        int ports = types.add(new Array(types.add(new Typedef("port", unsigned(2))), number, 2));
        int anonymous = types.add(new Struct("", 4, true, List.of(new Member("u", number, 0, 0))));
        int id = struct(
                24,
                new Member("low", number, 0, 3),
                new Member("high", signed(4), 3, 29),
                new Member("name", name, 32, 0),
                new Member("ports", ports, 96, 0),
                new Member("", anonymous, 128, 0));
        Value value = read(id, "0d000080 6574683000ff0000 bb015000 07000000 00000000");
        assertThat(value).hasToString("{.low = 5, .high = -268435455, .name = \"eth0\", .ports = {443, 80}, {.u = 7}}");
        assertThat(value.plain())
                .isEqualTo(
                        Map.of("low", 5L, "high", -268435455L, "name", "eth0", "ports", List.of(443L, 80L), "u", 7L));
        assertThat(((Value.Compound) value).get("u").plain()).isEqualTo(7L);
        assertThatThrownBy(() -> ((Value.Compound) value).get("v")).hasMessageContaining("no member 'v'");
    }

    @Test
    void whatDoesNotEndOrReadAsTextIsAnArray() {
        int name = types.add(new Array(character(), unsigned(4), 2));
        assertThat(read(name, "4142")).hasToString("{'A', 'B'}");
        assertThat(read(name, "0100")).hasToString("{'\\x01', '\\x00'}");
        assertThat(read(name, "0000")).hasToString("\"\"");
        assertThat(read(name, "2200")).hasToString("\"\\\"\"");
    }

    @Test
    void bigEndianBitFieldsStartAtTheHighestBit() {
        types = BtfBuilder.create(ByteOrder.BIG_ENDIAN);
        int number = unsigned(4);
        int id = struct(4, new Member("a", number, 0, 3), new Member("b", number, 3, 29));
        assertThat(read(id, "a0000001")).hasToString("{.a = 5, .b = 1}");
    }

    @Test
    void readsADataSectionAsItsVariables() {
        int number = unsigned(4);
        int first = types.add(new Var("first", number, Linkage.GLOBAL));
        int second = types.add(new Var("second", number, Linkage.STATIC));
        int section = types.add(new BtfType.DataSection(
                ".data", 8, List.of(new SectionEntry(first, 0, 4), new SectionEntry(second, 4, 4))));
        assertThat(read(section, "01000000 02000000").plain()).isEqualTo(Map.of("first", 1L, "second", 2L));
        assertThatThrownBy(() -> read(section, "01000000 0200"))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("takes 4 bytes at offset 4, but there are only 6");
    }

    @Test
    void typesThatLieAreDamage() {
        int empty = struct(0);
        int many = types.add(new Array(empty, empty, 0xffff_ffffL));
        int row = types.add(new Array(signed(4), empty, 0x7fff_ffffL));
        int self = types.nextId();
        struct(1, new Member("again", self, 0, 0));
        int outside = struct(4, new Member("far", signed(4), 1 << 30, 0));
        int bits = struct(4, new Member("bits", signed(4), 1 << 20, 5));
        for (int id : List.of(many, row, self, outside, bits, types.add(new BtfType.Forward("f", false)), 0)) {
            assertThatThrownBy(() -> read(id, "00000000"))
                    .as("type %d", id)
                    .isInstanceOf(MalformedObjectException.class);
        }
    }

    @Test
    void everyTypeOfRandomBtfReadsRandomBytes() {
        Random random = new Random(3);
        for (long seed = 0; seed < 40; seed++) {
            Btf btf = RandomBtf.of(seed, seed % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN, 25);
            ValueReader reader = new ValueReader(btf);
            for (int id = 1; id <= btf.lastId(); id++) {
                if (btf.type(id) instanceof Struct struct) {
                    byte[] bytes = new byte[struct.size()];
                    random.nextBytes(bytes);
                    assertThat(reader.read(id, bytes).toString()).startsWith("{");
                }
            }
        }
    }

    @Test
    void numbersWrittenWithAByteBufferAreReadBack() {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            types = BtfBuilder.create(order);
            int id = signed(8);
            byte[] bytes =
                    ByteBuffer.allocate(8).order(order).putLong(-1234567890123L).array();
            assertThat(new ValueReader(types.build("test")).read(id, bytes).plain())
                    .isEqualTo(-1234567890123L);
        }
    }
}
