package io.jbpf.csource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfType.Array;
import io.jbpf.btf.BtfType.Const;
import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Forward;
import io.jbpf.btf.BtfType.FuncProto;
import io.jbpf.btf.BtfType.Int;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.Parameter;
import io.jbpf.btf.BtfType.Pointer;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.btf.BtfType.TypeTag;
import io.jbpf.btf.BtfType.Typedef;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CTextTest {
    private final BtfBuilder types = BtfBuilder.create(ByteOrder.LITTLE_ENDIAN);
    private final int number = types.add(BtfBuilder.signed("int", 4));
    private final int character = types.add(new Int("char", 1, 8, 0, true, true, false));

    private String text(int... ids) {
        List<Integer> wanted = new ArrayList<>();
        for (int id : ids) {
            wanted.add(id);
        }
        return CHeader.of(types.build("test"), wanted).text();
    }

    private int struct(String name, int size, Member... members) {
        return types.add(new Struct(name, size, false, List.of(members)));
    }

    private int pointer(int id) {
        return types.add(new Pointer(id));
    }

    @Test
    void writesDeclarationsAsTheyAreUsed() {
        int constant = types.add(new Const(character));
        int text = pointer(constant);
        int function = types.add(new FuncProto(0, List.of(new Parameter("what", text), new Parameter("", 0))));
        int functions = types.add(new Array(pointer(function), number, 3));
        int row = types.add(new Array(types.add(new Array(number, number, 2)), number, 4));
        int tagged = pointer(types.add(new TypeTag("user", character)));
        Btf btf = types.build("test");
        assertThat(CHeader.declaration(btf, text, "s")).isEqualTo("const char *s");
        assertThat(CHeader.declaration(btf, functions, "calls")).isEqualTo("void (*calls[3])(const char *what, ...)");
        assertThat(CHeader.declaration(btf, row, "grid")).isEqualTo("int grid[4][2]");
        assertThat(CHeader.declaration(btf, tagged, "s")).isEqualTo("char __attribute__((btf_type_tag(\"user\"))) *s");
        assertThat(CHeader.typeName(btf, functions)).isEqualTo("void (*[3])(const char *what, ...)");
        assertThat(CHeader.typeName(btf, 0)).isEqualTo("void");
    }

    @Test
    void putsTheConstOfAPointerBehindItsStar() {
        int text = types.add(new Const(pointer(types.add(new Const(character)))));
        int array = pointer(types.add(new Array(number, number, 2)));
        Btf btf = types.build("test");
        assertThat(CHeader.declaration(btf, text, "s")).isEqualTo("const char *const s");
        assertThat(CHeader.declaration(btf, array, "p")).isEqualTo("int (*p)[2]");
    }

    @Test
    void definesWhatIsContainedAndDeclaresWhatIsPointedTo() {
        int far = struct("far", 4, new Member("a", number, 0, 0));
        int near = struct("near", 4, new Member("b", number, 0, 0));
        int name = types.add(new Typedef("near_t", near));
        int both = struct("both", 16, new Member("f", pointer(far), 0, 0), new Member("n", name, 64, 0));
        assertThat(text(both)).isEqualTo("""
                struct far;

                struct near {
                \tint b;
                };

                typedef struct near near_t;

                struct both {
                \tstruct far *f;
                \tnear_t n;
                };

                """);
    }

    @Test
    void padsPacksAndAligns() {
        int gap = struct("gap", 32, new Member("a", number, 0, 0), new Member("b", number, 128, 0));
        int bits = struct("bits", 8, new Member("x", number, 3, 5), new Member("y", number, 32, 32));
        int packed = struct("packed", 5, new Member("c", character, 0, 0), new Member("i", number, 8, 0));
        int union = types.add(new Struct("wide", 64, true, List.of(new Member("i", number, 0, 0))));
        assertThat(text(gap)).isEqualTo("""
                struct gap {
                \tint a;
                \tlong: 32;
                \tlong: 64;
                \tint b;
                \tlong: 32;
                \tlong: 64;
                };

                """);
        assertThat(text(bits)).contains("\tchar: 3;\n\tint x: 5;\n\tint y: 32;\n}");
        assertThat(text(packed)).contains("\tchar c;\n\tint i;\n} __attribute__((packed));");
        assertThat(text(union)).contains("union wide {\n\tint i;\n} __attribute__((aligned(64)));");
    }

    @Test
    void givesEnumsTheirSize() {
        int small = types.add(new Enumeration("small", 1, false, false, List.of(new Enumerator("A", 200))));
        int large = types.add(new Enumeration("large", 8, false, true, List.of(new Enumerator("MAX", -1))));
        int least = types.add(new Enumeration("least", 8, true, true, List.of(new Enumerator("MIN", Long.MIN_VALUE))));
        assertThat(text(small)).isEqualTo("enum small {\n\tA = 200,\n} __attribute__((mode(QI)));\n\n");
        assertThat(text(large)).isEqualTo("enum large {\n\tMAX = 18446744073709551615ULL,\n};\n\n");
        assertThat(text(least)).contains("MIN = (-9223372036854775807LL - 1),\n};");
    }

    @Test
    void givesEachNameToOneTypeAndUsesOnlyLegalOnes() {
        int first = struct("ring", 4, new Member("a", number, 0, 0));
        int second = struct("ring", 4, new Member("int", number, 0, 0));
        int odd = struct("Option<u32>", 4, new Member("0", types.add(BtfBuilder.unsigned("u32", 4)), 0, 0));
        CHeader header = CHeader.of(types.build("test"), List.of(first, second, odd));
        assertThat(header.nameOf(first)).isEqualTo("struct ring");
        assertThat(header.nameOf(second)).isEqualTo("struct ring___2");
        assertThat(header.text())
                .contains("struct ring___2 {\n\tint int_;\n}")
                .contains("typedef unsigned int u32;\n")
                .contains("struct Option_u32_ {\n\tu32 _0;\n}");
    }

    @Test
    void aDeclarationMeansTheStructThatHasItsName() {
        int forward = types.add(new Forward("ring", false));
        int other = types.add(new Forward("ring", true));
        int ring = struct("ring", 8, new Member("next", pointer(forward), 0, 0));
        CHeader header = CHeader.of(types.build("test"), List.of(ring, forward, other));
        assertThat(header.nameOf(forward)).isEqualTo("struct ring");
        assertThat(header.nameOf(other)).isEqualTo("union ring___2");
    }

    @Test
    void writesOutAMemberThatHasATypeButNoName() {
        int inner = struct("inner", 4, new Member("a", number, 0, 0));
        int outer = struct("outer", 4, new Member("", inner, 0, 0));
        assertThat(text(outer)).contains("struct outer {\n\tstruct {\n\t\tint a;\n\t};\n};");
    }

    @Test
    void truthIsLeftToCompilersThatHaveIt() {
        int bool = types.add(new Typedef("bool", types.add(new Int("_Bool", 1, 8, 0, false, false, true))));
        assertThat(text(bool)).startsWith("#if ").contains("202311L)\ntypedef _Bool bool;\n#endif\n");
    }

    @Test
    void printsTheVariablesAndFunctionsOfAnObject() {
        Btf btf = TestObjects.read("linking").btf().orElseThrow();
        List<Integer> all = new ArrayList<>();
        for (int id = 1; id <= btf.lastId(); id++) {
            switch (btf.kind(id)) {
                case FUNC, DATASEC -> all.add(id);
                default -> {
                    // What those need is printed with them.
                }
            }
        }
        assertThat(CHeader.of(btf, all).text()).contains("extern ").contains("int ");
    }

    @Test
    void aTypeThatContainsItselfIsDamage() {
        int self = types.nextId();
        struct("self", 4, new Member("again", self, 0, 0));
        assertThatThrownBy(() -> text(self))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("contains itself");
        int loop = types.nextId();
        types.add(new Typedef("loop", loop));
        assertThatThrownBy(() -> text(loop)).isInstanceOf(MalformedObjectException.class);
        int anonymous = types.nextId();
        struct("", 8, new Member("next", anonymous + 1, 0, 0));
        pointer(anonymous);
        assertThatThrownBy(() -> text(anonymous)).isInstanceOf(MalformedObjectException.class);
    }

    @Test
    void typesThatGrowWithoutEndAreRefused() {
        int level = struct("", 1, new Member("c", character, 0, 0));
        for (int i = 0; i < 40; i++) {
            level = struct("", 1, new Member("a", level, 0, 0), new Member("b", pointer(level), 64, 0));
        }
        int last = level;
        assertThatThrownBy(() -> text(last))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("lines of C");
    }

    @Test
    void aGapOfAnySizeTakesOneLine() {
        int vast = struct("vast", Integer.MAX_VALUE / 8, new Member("c", character, 0, 0));
        assertThat(text(vast)).contains("char __padding1[268435454];");
    }
}
