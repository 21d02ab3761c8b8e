package io.jbpf.btf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.error.MalformedObjectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BtfTest {
    private static final int UNSIGNED_32 = 32;
    private static final int SIGNED_32 = 1 << 24 | 32;

    private static ByteOrder order(String name) {
        return name.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** One type of each kind, in the order of their numbers, so that the id is the number. */
    private static BtfBytes everyKind(ByteOrder order) {
        BtfBytes bytes = new BtfBytes(order);
        bytes.type("u32", BtfKind.INT, 0, false, 4, UNSIGNED_32)
                .type("", BtfKind.PTR, 0, false, 1)
                .type("", BtfKind.ARRAY, 0, false, 0, 1, 1, 5);
        bytes.type("s", BtfKind.STRUCT, 2, true, 8, bytes.string("a"), 1, 3 << 24, bytes.string("b"), 1, 32)
                .type("u", BtfKind.UNION, 1, false, 4, bytes.string("c"), 1, 0)
                .type("e", BtfKind.ENUM, 1, true, 4, bytes.string("MINUS"), -1)
                .type("f", BtfKind.FWD, 0, true, 0)
                .type("t", BtfKind.TYPEDEF, 0, false, 4)
                .type("", BtfKind.VOLATILE, 0, false, 8)
                .type("", BtfKind.CONST, 0, false, 9)
                .type("", BtfKind.RESTRICT, 0, false, 2)
                .type("fn", BtfKind.FUNC, 1, false, 13)
                .type("", BtfKind.FUNC_PROTO, 1, false, 1, bytes.string("p"), 1)
                .type("v", BtfKind.VAR, 0, false, 1, 1)
                .type(".bss", BtfKind.DATASEC, 1, false, 4, 14, 0, 4)
                .type("double", BtfKind.FLOAT, 0, false, 8)
                .type("tag", BtfKind.DECL_TAG, 0, false, 4, -1)
                .type("user", BtfKind.TYPE_TAG, 0, false, 1)
                .type("w", BtfKind.ENUM64, 1, false, 8, bytes.string("BIG"), 5, 0x8000_0000);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"little", "big"})
    void decodesEveryKindInEitherByteOrder(String order) {
        Btf btf = Btf.parse("all", everyKind(order(order)).build());
        assertThat(btf.lastId()).isEqualTo(19);
        for (int id = 0; id <= btf.lastId(); id++) {
            assertThat(btf.type(id).kind()).isEqualTo(btf.kind(id));
            assertThat(btf.kind(id).number()).isEqualTo(id);
            assertThat(btf.type(id).name()).isEqualTo(btf.typeName(id));
        }
        assertThat(btf.type(4))
                .isEqualTo(new Struct("s", 8, false, List.of(new Member("a", 1, 0, 3), new Member("b", 1, 32, 0))));
        assertThat(btf.type(6)).isEqualTo(new Enumeration("e", 4, true, false, List.of(new Enumerator("MINUS", -1))));
        assertThat(btf.type(19))
                .isEqualTo(
                        new Enumeration("w", 8, false, true, List.of(new Enumerator("BIG", 0x8000_0000_0000_0005L))));
        assertThat(btf.type(3)).isEqualTo(new BtfType.Array(1, 1, 5));
        assertThat(btf.sizeOf(3)).isEqualTo(20);
        assertThat(btf.sizeOf(10)).as("const volatile t").isEqualTo(8);
        assertThat(btf.resolve(10)).isEqualTo(4);
        assertThat(btf.skipModifiers(10)).isEqualTo(8);
        assertThat(btf.dataSection(".bss")).hasValue(15);
    }

    @Test
    void findsTypesByNameWithAndWithoutFlavour() {
        Btf btf = Btf.parse(
                "flavours",
                new BtfBytes(ByteOrder.LITTLE_ENDIAN)
                        .type("task", BtfKind.STRUCT, 0, false, 4)
                        .type("task___old", BtfKind.STRUCT, 0, false, 8)
                        .type("tas", BtfKind.STRUCT, 0, false, 8)
                        .type("task", BtfKind.TYPEDEF, 0, false, 1)
                        .type("task___", BtfKind.STRUCT, 0, false, 8)
                        .build());
        assertThat(btf.findFlavours("task")).containsExactly(1, 2, 4);
        assertThat(btf.findAll("task")).containsExactly(1, 4);
        assertThat(btf.findAll("task___old")).containsExactly(2);
        assertThat(btf.find("task", BtfKind.TYPEDEF)).hasValue(4);
        assertThat(btf.find("tasks", BtfKind.STRUCT)).isEmpty();
        assertThat(Btf.essentialName("a___b___c")).isEqualTo("a___b");
        assertThat(Btf.essentialName("___b")).isEqualTo("___b");
        assertThat(Btf.essentialName("a___")).isEqualTo("a___");
    }

    @Test
    void splitBtfGoesOnWhereItsBaseEnds() {
        BtfBytes baseBytes = new BtfBytes(ByteOrder.LITTLE_ENDIAN).type("u32", BtfKind.INT, 0, false, 4, UNSIGNED_32);
        Btf base = Btf.parse("kernel", baseBytes.build());
        byte[] split = new BtfBytes(ByteOrder.LITTLE_ENDIAN, baseBytes.stringSize())
                .type("of_module", BtfKind.TYPEDEF, 0, false, 1)
                .build();
        Btf module = Btf.parseSplit("module", ByteBuffer.wrap(split), base);
        assertThat(module.firstId()).isEqualTo(2);
        assertThat(module.typeName(2)).isEqualTo("of_module");
        assertThat(module.typeName(1)).isEqualTo("u32");
        assertThat(module.sizeOf(2)).isEqualTo(4);
        assertThat(module.findAll("u32")).containsExactly(1);
        assertThat(module.findAll("of_module")).containsExactly(2);
    }

    @Test
    void typesThatNeverEndAreRefused() {
        Btf btf = Btf.parse(
                "loop",
                new BtfBytes(ByteOrder.LITTLE_ENDIAN)
                        .type("a", BtfKind.TYPEDEF, 0, false, 2)
                        .type("b", BtfKind.TYPEDEF, 0, false, 1)
                        .type("", BtfKind.ARRAY, 0, false, 0, 3, 3, 2)
                        .type("", BtfKind.ARRAY, 0, false, 0, 5, 5, 0x7fff_ffff)
                        .type("int", BtfKind.INT, 0, false, 4, SIGNED_32)
                        .build());
        assertThatThrownBy(() -> btf.resolve(1)).isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> btf.sizeOf(1)).isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> btf.sizeOf(3)).isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> btf.sizeOf(4)).hasMessageContaining("bytes large");
        assertThatThrownBy(() -> btf.type(6)).hasMessageContaining("no such type");
        assertThatThrownBy(() -> btf.type(-1)).isInstanceOf(MalformedObjectException.class);
    }

    @Test
    void refusesUnknownKindsAndTypesThatRunOut() {
        byte[] bytes = everyKind(ByteOrder.LITTLE_ENDIAN).build();
        byte[] unknown = bytes.clone();
        unknown[24 + 7] = 31;
        assertThatThrownBy(() -> Btf.parse("unknown", unknown)).hasMessageContaining("unknown kind 31");
        assertThatThrownBy(() -> Btf.parse("unknown", new byte[] {1, 2, 3, 4})).hasMessageContaining("not BTF");
        byte[] long_ = new BtfBytes(ByteOrder.LITTLE_ENDIAN)
                .type("s", BtfKind.STRUCT, 60_000, false, 4)
                .build();
        assertThatThrownBy(() -> Btf.parse("long", long_)).hasMessageContaining("runs past the end");
    }

    @Test
    void patchesSizesAndLinkageInPlace() {
        byte[] bytes = everyKind(ByteOrder.BIG_ENDIAN).build();
        BtfPatch patch = new BtfPatch(Btf.parse("all", bytes), bytes);
        patch.dataSection(15, 64, List.of(new BtfType.SectionEntry(14, 60, 4)));
        patch.function(12, BtfType.Linkage.STATIC);
        patch.variable(14, BtfType.Linkage.STATIC);
        Btf patched = Btf.parse("patched", patch.toBytes());
        assertThat(patched.type(15))
                .isEqualTo(new BtfType.DataSection(".bss", 64, List.of(new BtfType.SectionEntry(14, 60, 4))));
        assertThat(((BtfType.Func) patched.type(12)).linkage()).isEqualTo(BtfType.Linkage.STATIC);
        assertThat(((BtfType.Var) patched.type(14)).linkage()).isEqualTo(BtfType.Linkage.STATIC);
        assertThatThrownBy(() -> patch.function(1, BtfType.Linkage.STATIC))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("not a FUNC");
    }
}
