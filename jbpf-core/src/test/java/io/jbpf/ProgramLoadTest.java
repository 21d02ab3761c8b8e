package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.VerifierException;
import io.jbpf.insn.Instruction;
import io.jbpf.insn.InstructionCodec;
import io.jbpf.insn.Opcodes;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.object.LinkTarget;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramImage;
import io.jbpf.object.ProgramType;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramLoader;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class ProgramLoadTest {
    private static final LinkTarget NO_KERNEL = new LinkTarget() {
        @Override
        public int mapDescriptor(String mapName) {
            throw new AssertionError(mapName);
        }

        @Override
        public Btf kernelBtf() {
            throw new AssertionError("no CO-RE here");
        }
    };

    @Test
    void aRefusalIsExplainedTheSameWithStatistics() {
        ObjectSpec wrong =
                TestObjects.read("attach").withProgram("reads_without_asking", program -> program.withAutoload(true));
        assertThatThrownBy(() -> BpfObject.load(wrong, LoadOptions.DEFAULTS.withStatistics()))
                .isInstanceOfSatisfying(
                        VerifierException.class, e -> assertThat(e.summary()).contains("invalid mem access"));
    }

    @Test
    void helpersThatAnOlderKernelLacksGiveWayToThoseItHas() {
        ObjectSpec spec = TestObjects.read("probe_reads");
        ProgramImage image = spec.link(spec.program("reads"), NO_KERNEL);
        assertThat(image.tellsKernelMemoryFromUser()).isTrue();
        ProgramImage old = image.withOldProbeReads();
        assertThat(old.tellsKernelMemoryFromUser()).isFalse();
        assertThat(InstructionCodec.decode("old", "old", old.instructions(), ByteOrder.nativeOrder()).stream()
                        .filter(i -> i.isCall() && i.immediate() != 35)
                        .map(Instruction::immediate))
                .containsExactly(4, 4, 45, 45);
        try (BpfProgram loaded = new ProgramLoader("GPL", 0).load(spec.program("reads"), old)) {
            assertThat(loaded.info().id()).isPositive();
        }
    }

    @Test
    void aKernelWithoutTheCoarseClockReadsTheFineOne() {
        List<Instruction> code = List.of(
                new Instruction(Opcodes.BPF_JMP | Opcodes.BPF_CALL, 0, 0, (short) 0, ProgramImage.KTIME_GET_COARSE_NS),
                new Instruction(Opcodes.BPF_JMP | Opcodes.BPF_EXIT, 0, 0, (short) 0, 0));
        ProgramImage image = ProgramImage.of("clock", code);
        assertThat(image.calls(ProgramImage.KTIME_GET_COARSE_NS)).isTrue();
        ProgramImage fine = image.withFineClock();
        assertThat(fine.calls(ProgramImage.KTIME_GET_COARSE_NS)).isFalse();
        assertThat(fine.calls(5)).isTrue();
        assertThat(fine.instructionCount()).isEqualTo(image.instructionCount());
    }

    @Test
    void aSectionThatTellsNoTypeIsExplainedAndATypeGivenInCodeServes() {
        ObjectSpec spec = only(TestObjects.read("sections"), "mystery");
        assertThatThrownBy(() -> BpfObject.load(spec))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("section 'of_my_own/thing' tells no program type")
                .hasMessageContaining("withType()");
        ObjectSpec typed = spec.withProgram("mystery", p -> p.withType(ProgramType.SOCKET_FILTER));
        try (BpfObject object = BpfObject.load(typed)) {
            assertThat(object.program("mystery").type()).contains(ProgramType.SOCKET_FILTER);
        }
    }

    @Test
    void aMissingAttachTypeIsTheLikelyCauseOfARefusal() {
        ObjectSpec spec = TestObjects.read("section_names");
        ObjectSpec untold =
                only(spec, "at_cgroup_connect4").withProgram("at_cgroup_connect4", p -> p.withoutAttachType());
        assertThatThrownBy(() -> BpfObject.load(untold)).isInstanceOfSatisfying(SystemCallException.class, e -> {
            assertThat(e.errno()).isEqualTo(Errno.EINVAL);
            assertThat(e.hint()).contains("BPF_PROG_TYPE_CGROUP_SOCK_ADDR", "attach type");
        });
    }

    /** Programs that cannot be loaded by themselves, or not by every kernel, whatever their section says. */
    private static final Set<ProgramType> FOR_A_TARGET =
            EnumSet.of(ProgramType.TRACING, ProgramType.LSM, ProgramType.EXT, ProgramType.STRUCT_OPS);

    /** These may sleep only on kernels after Linux 7.0. */
    @Test
    void aProgramOfEverySectionNameIsLoadedOrRefusedByAKernelWithoutIt() {
        ObjectSpec spec = TestObjects.read("section_names");
        int loaded = 0;
        for (String name : spec.programs().keySet()) {
            ProgramType type = spec.program(name).type();
            try (BpfObject object = BpfObject.load(only(spec, name))) {
                assertThat(object.program(name).type()).contains(type);
                loaded++;
            } catch (VerifierException e) {
                assertThat(e.summary()).as(name).isNotEmpty();
                // Other programs than these may sleep since Linux 5.14 (system calls), 6.0 (uprobes), 6.2 (iterators),
                // or not
                // yet (tracepoints).
                assertThat(FOR_A_TARGET.contains(type)
                                || type == ProgramType.SK_LOOKUP
                                || e.summary().contains("can be sleepable"))
                        .as("%s: %s", name, e.getMessage())
                        .isTrue();
            } catch (SystemCallException e) {
                assertThat(e.errno()).as("%s: %s", name, e.getMessage()).isIn(Errno.EPERM, Errno.EINVAL);
            } catch (BpfException e) {
                assertThat(FOR_A_TARGET).as("%s: %s", name, e.getMessage()).contains(type);
            }
        }
        // Linux 5.10 has fewer types than there are names.
        assertThat(loaded).isGreaterThan(60);
    }

    @Test
    void aProgramThrowsAndItsCallbackAnswersForIt(TestReporter reporter) {
        ObjectSpec spec = TestObjects.read("exceptions");
        if (KernelBtf.get().find("bpf_throw", BtfKind.FUNC).isEmpty()) {
            KernelSupport.lacks(reporter, "exceptions (Linux 6.7)");
            assertThatThrownBy(() -> BpfObject.load(spec)).hasMessageContaining("'bpf_throw'");
            return;
        }
        try (BpfObject object = BpfObject.load(spec)) {
            assertThat(object.program("throws_on_purpose").run(new byte[0])).isEqualTo(42);
        }
    }

    private static ObjectSpec only(ObjectSpec spec, String program) {
        ObjectSpec only = spec;
        for (String name : spec.programs().keySet()) {
            only = only.withProgram(name, p -> p.withAutoload(name.equals(program)));
        }
        return only;
    }
}
