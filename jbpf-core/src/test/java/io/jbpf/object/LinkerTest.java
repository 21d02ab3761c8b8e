package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.error.BpfException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinkerTest {
    private static final int BYTES_OF_FUNC_INFO = 8;

    private final ObjectSpec spec = TestObjects.read("linking");

    /** Descriptors that tell the maps apart: 100 and on, in the order of the object. No kernel types. */
    static LinkTarget withoutKernel(ObjectSpec spec) {
        return new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                int index = List.copyOf(spec.maps().keySet()).indexOf(mapName);
                assertThat(index).as(mapName).isNotNegative();
                return 100 + index;
            }

            @Override
            public Btf kernelBtf() {
                throw new AssertionError("a program without CO-RE needs no kernel types");
            }
        };
    }

    private ProgramImage link(String program) {
        return spec.link(spec.program(program), withoutKernel(spec));
    }

    private static List<Instruction> instructions(ProgramImage image) {
        return InstructionCodec.decode("image", image.name(), image.instructions(), ByteOrder.LITTLE_ENDIAN);
    }

    private int descriptor(String map) {
        return withoutKernel(spec).mapDescriptor(map);
    }

    @Test
    void putsEachCalleeBehindItsFirstCallerOnce() {
        List<Instruction> code = instructions(link("first"));
        // first (26), concealed (7), deeper (9), deepest (10), shared (8)
        assertThat(code).hasSize(26 + 7 + 9 + 10 + 8);
        assertThat(code.get(10).immediate()).isEqualTo(26 - 11);
        assertThat(code.get(24).immediate()).isEqualTo(26 + 7 + 9 + 10 - 25);
        assertThat(code.get(26).immediate()).isEqualTo(33 - 27);
        assertThat(code.get(33 + 2).immediate()).isEqualTo(42 - 36);
        assertThat(code.get(33 + 6).immediate()).isEqualTo(42 - 40);
        assertThat(code.get(52).immediate()).isEqualTo(42 - 53);
    }

    @Test
    void theSecondProgramOfASectionStandsOnItsOwn() {
        List<Instruction> code = instructions(link("second"));
        assertThat(code).hasSize(17 + 8 + 10);
        assertThat(code.get(15).isSubprogramCall()).isTrue();
        assertThat(code.get(15).immediate()).isEqualTo(1);
    }

    @Test
    void fillsInMapsAndVariables() {
        List<Instruction> code = instructions(link("first"));
        assertThat(code.get(4))
                .isEqualTo(new Instruction(0x18, 1, Opcodes.BPF_PSEUDO_MAP_FD, (short) 0, descriptor("counts")));
        assertThat(code.get(14))
                .isEqualTo(new Instruction(0x18, 2, Opcodes.BPF_PSEUDO_MAP_VALUE, (short) 0, descriptor(".bss")));
        assertThat(code.get(15).immediate()).as("hits lies at 8").isEqualTo(8);
        // deepest: a static variable, known by its section and an offset in the instruction
        assertThat(code.get(42).immediate()).isEqualTo(descriptor(".bss"));
        assertThat(code.get(43).immediate()).as("hidden_counter lies at 24").isEqualTo(24);
        assertThat(code.get(47).immediate()).isEqualTo(descriptor(".rodata"));
    }

    @Test
    void takesTheAddressOfACallback() {
        List<Instruction> code = instructions(link("optional"));
        assertThat(code).hasSize(9 + 8);
        assertThat(code.get(2)).isEqualTo(new Instruction(0x18, 2, Opcodes.BPF_PSEUDO_FUNC, (short) 0, 9 - 3));
        assertThat(code.get(3).immediate()).isZero();
    }

    @Test
    void tellsWhereEachFunctionAndEachLineStarts() {
        ProgramImage image = link("first");
        ByteBuffer functions = ByteBuffer.wrap(image.funcInfo()).order(ByteOrder.LITTLE_ENDIAN);
        Btf btf = spec.btf().orElseThrow();
        assertThat(image.funcInfoRecordSize()).isEqualTo(BYTES_OF_FUNC_INFO);
        StringBuilder found = new StringBuilder();
        while (functions.hasRemaining()) {
            found.append(functions.getInt())
                    .append(' ')
                    .append(btf.typeName(functions.getInt()))
                    .append(' ');
        }
        assertThat(found).hasToString("0 first 26 concealed 33 deeper 42 deepest 52 shared ");
        assertThat(image.lineInfo()).hasSize(image.sourceLines().size() * image.lineInfoRecordSize());
        assertThat(image.sourceLine(42).orElseThrow().file()).endsWith("linking.bpf.c");
        assertThat(image.sourceLine(42).orElseThrow().text()).isEqualTo("hidden_counter++;");
    }

    @Test
    void anExceptionCallbackComesLastWithWhatItCalls() {
        ObjectSpec throwing = TestObjects.read("exceptions");
        LinkTarget target = new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                throw new AssertionError(mapName);
            }

            @Override
            public Btf kernelBtf() {
                throw new AssertionError();
            }

            @Override
            public ExternPlace extern(ExternSpec extern) {
                return new ExternPlace.Typed(11, 0);
            }
        };
        ProgramImage image = throwing.link(throwing.program("throws_on_purpose"), target);
        Btf btf = throwing.btf().orElseThrow();
        ByteBuffer functions = ByteBuffer.wrap(image.funcInfo()).order(ByteOrder.LITTLE_ENDIAN);
        List<String> names = new ArrayList<>();
        while (functions.hasRemaining()) {
            functions.getInt();
            names.add(btf.typeName(functions.getInt()));
        }
        assertThat(names).containsExactly("throws_on_purpose", "caught", "plus_one");
        assertThatThrownBy(() -> throwing.link(throwing.program("has_no_callback"), target))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("'has_no_callback'")
                .hasMessageContaining("'nobody' for its exception callback");
    }

    @Test
    void refusesAnExternWithoutAKernelAndNamesIt() {
        ObjectSpec externs = TestObjects.read("externs");
        assertThatThrownBy(() -> externs.link(externs.program("calls_functions"), withoutKernel(externs)))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("program 'calls_functions'")
                .hasMessageContaining("bpf_rcu_read_lock");
        assertThat(externs.link(externs.program("needs_nothing"), withoutKernel(externs))
                        .instructionCount())
                .isEqualTo(2);
    }

    @Test
    void namesAModulesFunctionByItsPlaceInATable() {
        ObjectSpec externs = TestObjects.read("externs");
        LinkTarget target = new LinkTarget() {
            @Override
            public int mapDescriptor(String mapName) {
                return 9;
            }

            @Override
            public Btf kernelBtf() {
                throw new AssertionError();
            }

            @Override
            public ExternPlace extern(ExternSpec extern) {
                return switch (extern.name()) {
                    case "bpf_rcu_read_lock" -> new ExternPlace.Typed(11, 0);
                    case "bpf_rcu_read_unlock" -> new ExternPlace.Typed(12, 77);
                    case "bpf_task_release" -> new ExternPlace.Typed(13, 78);
                    case "bpf_task_from_pid" -> new ExternPlace.Typed(14, 77);
                    default -> new ExternPlace.Missing();
                };
            }
        };
        ProgramImage image = externs.link(externs.program("calls_functions"), target);
        assertThat(image.btfDescriptors()).containsExactly(0, 77, 78);
        assertThat(instructions(image).stream()
                        .filter(i -> i.isCall() && i.source() == Opcodes.BPF_PSEUDO_KFUNC_CALL)
                        .map(i -> i.immediate() + "@" + i.offset()))
                .containsExactly("11@0", "12@1", "14@1", "13@2");
        assertThat(instructions(image))
                .as("the address of a weak function tells whether it is there")
                .anyMatch(i -> i.isWideLoad() && i.source() == Opcodes.BPF_PSEUDO_BTF_ID && i.immediate() == 14);
    }
}
