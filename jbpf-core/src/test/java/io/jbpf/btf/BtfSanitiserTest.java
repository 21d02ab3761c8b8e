package io.jbpf.btf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.BtfType.Enumeration;
import io.jbpf.btf.BtfType.Enumerator;
import io.jbpf.btf.BtfType.Linkage;
import io.jbpf.btf.BtfType.Member;
import io.jbpf.btf.BtfType.SectionEntry;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BtfSanitiserTest {
    private static final Set<BtfFeature> ALL = EnumSet.allOf(BtfFeature.class);

    /** One of each kind that some kernel lacks; the id is in the comment. */
    static Btf modern() {
        BtfBuilder types = BtfBuilder.create(ByteOrder.nativeOrder());
        types.add(BtfBuilder.signed("int", 4)); // 1
        types.add(new BtfType.FloatingPoint("double", 8)); // 2
        types.add(new BtfType.TypeTag("user", 1)); // 3
        types.add(new BtfType.Pointer(3)); // 4
        types.add(new Enumeration("wide", 8, true, true, List.of(new Enumerator("HUGE", 1L << 40)))); // 5
        types.add(new Enumeration("below", 4, true, false, List.of(new Enumerator("MINUS", -1)))); // 6
        types.add(new BtfType.FuncProto(1, List.of(new BtfType.Parameter("p", 4)))); // 7
        types.add(new BtfType.Func("seen", 7, Linkage.GLOBAL)); // 8
        types.add(new BtfType.Var("counter", 1, Linkage.GLOBAL)); // 9
        types.add(new BtfType.DeclTag("kfunc", 8, -1)); // 10
        types.add(new BtfType.DataSection("?.data.x", 16, List.of(new SectionEntry(9, 4, 4)))); // 11
        types.add(new Struct(
                "all",
                24,
                false,
                List.of(new Member("d", 2, 0, 0), new Member("p", 4, 64, 0), new Member("w", 5, 128, 0)))); // 12
        return types.build("modern");
    }

    @Test
    void leavesAloneWhatTheKernelKnows() {
        Btf btf = TestObjects.read("sections").btf().orElseThrow();
        Btf same = Btf.parse("same", BtfSanitiser.sanitise(btf, ALL));
        assertThat(BtfBuilderTest.types(same)).isEqualTo(BtfBuilderTest.types(btf));
        assertThat(same.ownStrings()).isEqualTo(btf.ownStrings());
    }

    @Test
    void replacesEachKindByAnOlderOneOfTheSameIdAndSize() {
        Btf old = Btf.parse("old", BtfSanitiser.sanitise(modern(), Set.of()));
        assertThat(old.type(2)).isEqualTo(new Struct("", 8, false, List.of()));
        assertThat(old.type(3)).isEqualTo(new BtfType.Const(1));
        assertThat(old.type(5)).isEqualTo(new Struct("wide", 8, true, List.of(new Member("HUGE", 13, 0, 0))));
        assertThat(old.type(6))
                .isEqualTo(new Enumeration("below", 4, false, false, List.of(new Enumerator("MINUS", 0xffff_ffffL))));
        assertThat(old.kind(7)).isEqualTo(BtfKind.ENUM);
        assertThat(old.type(8)).isEqualTo(new BtfType.Typedef("seen", 7));
        assertThat(old.type(9)).isEqualTo(BtfBuilder.unsigned("counter", 1));
        assertThat(old.kind(10)).isEqualTo(BtfKind.INT);
        assertThat(old.type(11)).isEqualTo(new Struct("__data_x", 16, false, List.of(new Member("counter", 9, 32, 0))));
        assertThat(old.type(12)).isEqualTo(modern().type(12));
        assertThat(old.lastId()).isEqualTo(13);
        for (int id : new int[] {2, 4, 5, 6, 12}) {
            assertThat(old.sizeOf(id)).as("type %d", id).isEqualTo(modern().sizeOf(id));
        }
    }

    @Test
    void losesOnlyWhatIsMissing() {
        Set<BtfFeature> linux54 = Set.of(BtfFeature.FUNC, BtfFeature.DATASEC);
        Btf old = Btf.parse("5.4", BtfSanitiser.sanitise(modern(), linux54));
        assertThat(old.type(8)).isEqualTo(new BtfType.Func("seen", 7, Linkage.STATIC));
        assertThat(old.type(9)).isEqualTo(modern().type(9));
        assertThat(old.typeName(11)).isEqualTo("_.data.x");
    }

    @Test
    void keepsStringsWhereTheyAre() {
        Btf btf = TestObjects.read("linking").btf().orElseThrow();
        Btf old = Btf.parse("old", BtfSanitiser.sanitise(btf, Set.of()));
        for (int offset = 0; offset < btf.ownStrings().length; offset++) {
            assertThat(old.string(offset)).isEqualTo(btf.string(offset));
        }
    }

    @Test
    void sizesAndOffsetsOfRandomTypesStay() {
        Random random = new Random(7);
        for (long seed = 0; seed < 50; seed++) {
            Btf btf = RandomBtf.of(seed, ByteOrder.LITTLE_ENDIAN, 30);
            Set<BtfFeature> some = EnumSet.noneOf(BtfFeature.class);
            ALL.stream().filter(feature -> random.nextBoolean()).forEach(some::add);
            Btf old = Btf.parse("old", BtfSanitiser.sanitise(btf, some));
            for (int id = 1; id <= btf.lastId(); id++) {
                if (btf.type(id) instanceof Struct struct) {
                    assertThat(old.type(id)).isEqualTo(struct);
                    assertThat(old.sizeOf(id)).isEqualTo(struct.size());
                }
            }
        }
    }
}
