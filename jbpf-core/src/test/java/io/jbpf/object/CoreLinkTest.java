package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfBuilder;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType.Struct;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.relocation.CoreKind;
import io.jbpf.relocation.CoreTarget;
import io.jbpf.relocation.FailedRelocation;
import io.jbpf.testkit.TestObjects;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Programs against types that are not quite as they believe: the expected numbers are those that C gives the types of
 * core_kernel.bpf.c. (libbpf makes the same bytes of each of these programs.)
 */
final class CoreLinkTest {
    private final ObjectSpec spec = TestObjects.read("core");
    private final Btf kernel = TestObjects.read("core_kernel").btf().orElseThrow();

    private ProgramImage link(String program) {
        return link(program, List::of);
    }

    private ProgramImage link(String program, Supplier<List<CoreTarget.Module>> modules) {
        return spec.link(spec.program(program), new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                return 3;
            }

            @Override
            public Btf kernelBtf() {
                return kernel;
            }

            @Override
            public List<Module> modules() {
                return modules.get();
            }
        });
    }

    private static List<Instruction> instructions(ProgramImage image) {
        return InstructionCodec.decode("image", image.name(), image.instructions(), image.byteOrder());
    }

    /** The offsets of all loads through the context register, in order. */
    private static List<Integer> loadOffsets(ProgramImage image) {
        return instructions(image).stream()
                .filter(i -> i.instructionClass() == Opcodes.BPF_LDX && i.source() == 1)
                .map(i -> (int) i.offset())
                .toList();
    }

    /** The numbers that are stored to the elements of {@code out}, in order. */
    private static List<Long> answers(ProgramImage image) {
        List<Instruction> code = instructions(image);
        List<Long> answers = new ArrayList<>();
        long last = 0;
        for (int i = 0; i < code.size(); i++) {
            Instruction instruction = code.get(i);
            if (instruction.isWideLoad() && instruction.source() == 0) {
                last = Integer.toUnsignedLong(instruction.immediate())
                        | (long) code.get(i + 1).immediate() << 32;
            } else if (instruction.instructionClass() == Opcodes.BPF_ALU64) {
                last = instruction.immediate();
            } else if (instruction.instructionClass() == Opcodes.BPF_STX) {
                answers.add(last);
            }
        }
        return answers;
    }

    @Test
    void fieldsAreFoundWhereTheKernelHasThem() {
        ProgramImage image = link("fields");
        assertThat(image.failedRelocations()).isEmpty();
        // first, moved, leaves[2].b, parent, comm[3], inside two anonymous levels, either.parts[1]
        assertThat(loadOffsets(image)).containsExactly(8, 216, 32 + 2 * 16 + 8, 160, 172 + 3, 168, 204 + 1);
    }

    @Test
    void aStoreIsRelocatedToo() {
        assertThat(instructions(link("fields"))).anySatisfy(i -> assertThat(i)
                .matches(x -> x.instructionClass() == Opcodes.BPF_STX && x.destination() == 1)
                .extracting(Instruction::offset)
                .isEqualTo((short) 216));
    }

    @Test
    void aLoadGrowsWithAnUnsignedField() {
        Instruction load = instructions(link("resized")).get(0);
        assertThat(load.opcode()).isEqualTo(Opcodes.BPF_LDX | Opcodes.BPF_MEM | Opcodes.BPF_DW);
        assertThat(load.offset()).isEqualTo((short) 16);
    }

    @Test
    void aLoadOfASignedFieldThatGrewIsPoisoned() {
        ProgramImage image = link("resized_signed");
        assertThat(instructions(image).get(0))
                .isEqualTo(new Instruction(0x85, 0, 0, (short) 0, FailedRelocation.POISON));
        assertThat(image.failedRelocation(0).orElseThrow().reason()).contains("8 bytes instead of 4");
    }

    @Test
    void aMissingFieldIsPoisonedAndNamed() {
        ProgramImage image = link("gone");
        assertThat(image.failedRelocations()).hasSize(1);
        FailedRelocation failure = image.failedRelocations().get(0);
        assertThat(failure.kind()).isEqualTo(CoreKind.FIELD_BYTE_OFFSET);
        assertThat(failure.subject()).isEqualTo("struct task.gone");
        assertThat(failure.function()).isEqualTo("gone");
        assertThat(failure.candidates()).singleElement().asString().contains("struct task");
        assertThat(instructions(image).get(failure.instruction()).immediate()).isEqualTo(195896080);
        assertThat(image.sourceLine(failure.instruction()).orElseThrow().text()).contains("task->gone");
    }

    @Test
    void answersQuestionsAboutFields() {
        assertThat(answers(link("numbers"))).containsExactly(216L, 32L, 1L, 0L, 1L, 0L, 16L, 40L);
    }

    @Test
    void aTypeThatOnlyAModuleHasIsFoundThere() {
        BtfBuilder types = BtfBuilder.split(kernel);
        types.add(new Struct("missing", 12, false, List.of()));
        List<Long> answers = answers(link("types", () -> List.of(new CoreTarget.Module("mod", types.build("mod")))));
        assertThat(answers.subList(0, 2)).containsExactly(1L, 1L);
        assertThat(answers.get(3)).isEqualTo(12);
    }

    @Test
    void noModuleIsAskedForWhatTheKernelItselfHas() {
        Supplier<List<CoreTarget.Module>> none = () -> {
            throw new AssertionError("asked for the modules' types");
        };
        // Not even for a field that the kernel's type lacks.
        for (String program : List.of("fields", "numbers", "gone", "enum_gone", "flavours", "ambiguous")) {
            assertThat(link(program, none).name()).isEqualTo(program);
        }
        assertThatThrownBy(() -> link("types", none)).isInstanceOf(AssertionError.class);
    }

    @Test
    void bitFieldsAreCutOutOfTheKernelsBytes() {
        // flag: bit 35 of the eight bytes at 208; delta: the twelve bits after it
        assertThat(answers(link("bits"))).containsExactly(208L, 8L, 64L - 36, 63L, 1L, 64L - 48, 52L);
    }

    @Test
    void answersQuestionsAboutTypes() {
        Btf local = spec.btf().orElseThrow();
        assertThat(answers(link("types")))
                .containsExactly(
                        1L,
                        0L,
                        kernel.sizeOf(kernel.find("task", BtfKind.STRUCT).orElseThrow()),
                        0L,
                        (long) local.find("task", BtfKind.STRUCT).orElseThrow(),
                        (long) kernel.find("task", BtfKind.STRUCT).orElseThrow(),
                        1L,
                        1L);
    }

    @Test
    void answersQuestionsAboutEnums() {
        assertThat(answers(link("enums"))).containsExactly(1L, 2L, 0L);
        ProgramImage gone = link("enum_gone");
        assertThat(gone.failedRelocations()).singleElement().asString().contains("enum state::STATE_GONE");
        assertThat(instructions(gone).subList(0, 2))
                .as("both halves of the load")
                .allMatch(i -> i.immediate() == FailedRelocation.POISON);
    }

    @Test
    void aFlavourOfTheProgramMeansTheTypeWithoutIt() {
        assertThat(answers(link("flavours"))).containsExactly(0L, 1L);
    }

    @Test
    void typesOfOneNameMustAgree() {
        assertThat(link("agreeing").failedRelocations()).isEmpty();
        assertThat(link("ambiguous").failedRelocations())
                .singleElement()
                .asString()
                .contains("several types")
                .contains("two_of_us___other");
    }
}
