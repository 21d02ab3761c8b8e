package io.jbpf.relocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBytes;
import io.jbpf.btf.BtfExt.CoreRelocation;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.Opcodes;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What this machine's compiler cannot write: questions and types of newer ones, and nonsense. */
final class CoreRelocatorTest {
    private static final int MOV = Opcodes.BPF_ALU64 | Opcodes.BPF_MOV | Opcodes.BPF_K;
    private static final int WIDE = Opcodes.BPF_LD | Opcodes.BPF_DW | Opcodes.BPF_IMM;

    private final List<Instruction> code = new ArrayList<>();

    private static BtfBytes types() {
        return new BtfBytes(ByteOrder.LITTLE_ENDIAN).type("u32", BtfKind.INT, 0, false, 4, 32);
    }

    private static Btf btf(BtfBytes bytes) {
        return Btf.parse("test", bytes.build());
    }

    private Optional<FailedRelocation> ask(Btf local, Btf kernel, int typeId, String access, CoreKind kind, int there) {
        code.clear();
        code.add(new Instruction(MOV, 1, 0, (short) 0, there));
        return new CoreRelocator(local, () -> kernel)
                .apply(new CoreRelocation(0, typeId, access, kind.number()), code, 0, "test");
    }

    private static BtfBytes struct(BtfBytes bytes, String name, String... members) {
        int[] words = new int[3 * members.length];
        for (int i = 0; i < members.length; i++) {
            words[3 * i] = bytes.string(members[i]);
            words[3 * i + 1] = 1;
            words[3 * i + 2] = 32 * i;
        }
        return bytes.type(name, BtfKind.STRUCT, members.length, false, 4 * members.length, words);
    }

    @Test
    void aTypeMatchesIfTheKernelHasAllItsMembers() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        Btf more = btf(struct(types(), "pair", "b", "c", "a"));
        Btf other = btf(struct(types(), "pair", "a", "c"));
        assertThat(ask(local, more, 2, "0", CoreKind.TYPE_MATCHES, 1)).isEmpty();
        assertThat(code.get(0).immediate()).isEqualTo(1);
        assertThat(ask(local, other, 2, "0", CoreKind.TYPE_MATCHES, 1)).isEmpty();
        assertThat(code.get(0).immediate()).isZero();
        assertThat(ask(local, other, 2, "0", CoreKind.TYPE_EXISTS, 1)).isEmpty();
        assertThat(code.get(0).immediate()).isEqualTo(1);
    }

    @Test
    void aWideEnumOfTheKernelAnswersANarrowOneOfTheProgram() {
        BtfBytes mine = types();
        Btf local = btf(mine.type("flags", BtfKind.ENUM, 1, false, 4, mine.string("BIG"), 5));
        BtfBytes theirs = types();
        Btf kernel = btf(theirs.type("flags", BtfKind.ENUM64, 1, false, 8, theirs.string("BIG"), 7, 9));
        code.add(new Instruction(WIDE, 1, 0, (short) 0, 5));
        code.add(new Instruction(0, 0, 0, (short) 0, 0));
        assertThat(new CoreRelocator(local, () -> kernel)
                        .apply(new CoreRelocation(0, 2, "0", CoreKind.ENUMVAL_VALUE.number()), code, 0, "test"))
                .isEmpty();
        assertThat(code.get(0).immediate()).isEqualTo(7);
        assertThat(code.get(1).immediate()).isEqualTo(9);
    }

    @Test
    void theLocalIdNeedsNoKernel() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        code.add(new Instruction(MOV, 1, 0, (short) 0, 0));
        CoreRelocator relocator = new CoreRelocator(local, () -> {
            throw new AssertionError("asked for the kernel's types");
        });
        assertThat(relocator.apply(new CoreRelocation(0, 2, "0", CoreKind.TYPE_ID_LOCAL.number()), code, 0, "test"))
                .isEmpty();
        assertThat(code.get(0).immediate()).isEqualTo(2);
    }

    @Test
    void anAnswerThatTheCompilerDidNotExpectIsNotTrusted() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        assertThat(ask(local, local, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET, 4)).isEmpty();
        assertThat(ask(local, local, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET, 8).orElseThrow())
                .asString()
                .contains("struct pair.b", "the instruction has 8", "give 4");
    }

    @Test
    void anonymousStructsThatLoopEndTheSearch() {
        Btf local = btf(struct(types(), "outer", "wanted"));
        // outer has an anonymous member whose type has an anonymous member of its own type
        Btf kernel = btf(types().type("outer", BtfKind.STRUCT, 1, false, 4, 0, 3, 0)
                .type("", BtfKind.STRUCT, 2, false, 4, 0, 3, 0, 0, 2, 0));
        assertThat(ask(local, kernel, 2, "0:0", CoreKind.FIELD_BYTE_OFFSET, 0)).isPresent();
        assertThat(ask(local, kernel, 2, "0:0", CoreKind.FIELD_EXISTS, 1)).isEmpty();
        assertThat(code.get(0).immediate()).isZero();
    }

    @Test
    void typesMadeToExplodeAreGivenUp() {
        // Each struct has the one before it twice: 2^60 comparisons, if all were made.
        BtfBytes nested = types();
        for (int level = 0; level < 60; level++) {
            nested.type(
                    "level" + level,
                    BtfKind.STRUCT,
                    2,
                    false,
                    8,
                    nested.string("x"),
                    level + 1,
                    0,
                    nested.string("y"),
                    level + 1,
                    32);
        }
        Btf btf = btf(nested);
        assertThat(ask(btf, btf, 61, "0", CoreKind.TYPE_MATCHES, 1)).isEmpty();
        assertThat(code.get(0).immediate()).isZero();
    }

    @Test
    void nonsenseInTheProgramIsMalformed() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        for (String access : List.of("", "0:", "0:2", "0:-1", "0:99999999999", "x", "0:0:0", "0:1".repeat(70))) {
            assertThatThrownBy(() -> ask(local, local, 2, access, CoreKind.FIELD_BYTE_OFFSET, 0))
                    .as(access)
                    .isInstanceOf(MalformedObjectException.class);
        }
        assertThatThrownBy(() -> ask(local, local, 9, "0", CoreKind.TYPE_EXISTS, 0))
                .isInstanceOf(MalformedObjectException.class);
        assertThatThrownBy(() -> ask(local, local, 2, "0", CoreKind.ENUMVAL_VALUE, 0))
                .isInstanceOf(MalformedObjectException.class);
    }

    private CoreResolution look(Btf local, CoreTarget kernel, int typeId, String access, int kind, int there) {
        List<Instruction> asWritten = List.of(new Instruction(MOV, 1, 0, (short) 0, there));
        return new CoreRelocator(local, kernel).resolve(new CoreRelocation(0, typeId, access, kind), asWritten, 0, "f");
    }

    @Test
    void lookingGivesTheAnswerAndItsSourceAndChangesNothing() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        Btf kernel = btf(struct(types(), "pair", "new", "a", "b"));
        // The list of instructions cannot be changed: doing so would throw.
        CoreResolution moved = look(local, () -> kernel, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET.number(), 4);
        assertThat(moved.local()).hasValue(4);
        assertThat(moved.outcome())
                .isEqualTo(new CoreResolution.Resolved(8, "[2] struct pair", "vmlinux", List.of("[2] struct pair")));
        assertThat(moved).hasToString("<byte_off> [2] struct pair.b (0:1): 4 -> 8");
        // The compiler's number is not in the instruction, so that it would be poisoned.
        assertThat(look(local, () -> kernel, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET.number(), 5)
                        .outcome())
                .isEqualTo(new CoreResolution.Poisoned(
                        "the instruction has 5 where the program's types give 4", List.of("[2] struct pair")));
    }

    @Test
    void lookingWithoutTypesOfAKernelGivesTheQuestionAlone() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        UnsupportedFeatureException none = new UnsupportedFeatureException("BTF", "5.4", null);
        CoreTarget kernel = () -> {
            throw none;
        };
        CoreResolution asked = look(local, kernel, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET.number(), 4);
        assertThat(asked.subject()).isEqualTo("struct pair.b");
        assertThat(asked.local()).hasValue(4);
        assertThat(asked.outcome()).isEqualTo(new CoreResolution.NoKernelTypes(none));
        assertThat(look(local, kernel, 2, "0", CoreKind.TYPE_ID_LOCAL.number(), 0)
                        .outcome())
                .isEqualTo(new CoreResolution.Resolved(2, "", "", List.of()));
        code.add(new Instruction(MOV, 1, 0, (short) 0, 4));
        assertThatThrownBy(() -> new CoreRelocator(local, kernel)
                        .apply(new CoreRelocation(0, 2, "0:1", CoreKind.FIELD_BYTE_OFFSET.number()), code, 0, "f"))
                .isSameAs(none);
    }

    @Test
    void lookingAtNonsenseSaysWhatIsWrongAndDoesNotThrow() {
        Btf local = btf(struct(types(), "pair", "a", "b"));
        assertMalformed(look(local, () -> local, 2, "0:7", CoreKind.FIELD_EXISTS.number(), 1), "has no part 7");
        assertMalformed(look(local, () -> local, 99, "0", CoreKind.TYPE_EXISTS.number(), 1), "99");
        CoreResolution unknown = look(local, () -> local, 2, "0", 77, 1);
        assertMalformed(unknown, "unknown kind 77");
        assertThat(unknown.kind()).isEqualTo("kind 77");
    }

    private static void assertMalformed(CoreResolution resolution, String problem) {
        assertThat(resolution.subject()).isEmpty();
        assertThat(resolution.local()).isEmpty();
        assertThat(resolution.outcome())
                .isInstanceOfSatisfying(CoreResolution.Malformed.class, malformed -> assertThat(malformed.problem())
                        .hasMessageContaining(problem));
    }
}
