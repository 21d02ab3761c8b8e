package io.jbpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.elf.ElfSection;
import io.jbpf.error.BpfException;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ObjectSpecTest {
    private final ObjectSpec linking = TestObjects.read("linking");
    private final ObjectSpec maps = TestObjects.read("maps");

    @Test
    void listsProgramsButNotSubprograms() {
        assertThat(linking.programs()).containsOnlyKeys("first", "second", "optional", "traced");
        assertThat(linking.licence()).isEqualTo("Dual BSD/GPL");
        assertThat(linking.byteOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void aQuestionMarkTurnsAutoloadOff() {
        assertThat(linking.program("optional").autoload()).isFalse();
        assertThat(linking.program("optional").sectionName()).isEqualTo("socket");
        assertThat(linking.program("first").autoload()).isTrue();
    }

    @Test
    void sectionNamesTellTypeAttachTypeAndTarget() {
        ObjectSpec sections = TestObjects.read("sections");
        assertThat(sections.programs().values())
                .extracting(
                        ProgramSpec::name,
                        ProgramSpec::type,
                        p -> p.attachType().orElse(null),
                        ProgramSpec::attachTarget)
                .containsExactlyInAnyOrder(
                        tuple("raw", ProgramType.RAW_TRACEPOINT, null, "sys_enter"),
                        tuple("classic", ProgramType.TRACEPOINT, null, "raw_syscalls/sys_enter"),
                        tuple("ingress", ProgramType.SCHED_CLS, AttachType.TCX_INGRESS, ""),
                        tuple("classifier", ProgramType.SCHED_CLS, null, ""),
                        tuple("express", ProgramType.XDP, AttachType.XDP, ""),
                        tuple("fragmented", ProgramType.XDP, AttachType.XDP, ""),
                        tuple("entry", ProgramType.TRACING, AttachType.TRACE_FENTRY, "do_unlinkat"),
                        tuple("egress", ProgramType.CGROUP_SKB, AttachType.CGROUP_INET_EGRESS, ""),
                        tuple("probe", ProgramType.KPROBE, null, "/usr/lib/libc.so.6:malloc"),
                        tuple("iterator", ProgramType.TRACING, AttachType.TRACE_ITER, "task"),
                        tuple("task", ProgramType.SYSCALL, null, ""),
                        tuple("sleepy", ProgramType.LSM, AttachType.LSM_MAC, "bprm_committed_creds"),
                        tuple("mystery", ProgramType.UNSPEC, null, ""));
        assertThat(sections.program("sleepy").sleepable()).isTrue();
        assertThat(sections.program("sleepy").attachesToBtf()).isTrue();
        assertThat(sections.program("fragmented").flags()).isEqualTo(1 << 5);
        assertThat(sections.program("express").attachTypeOptional()).isTrue();
    }

    @Test
    void readsEveryKeyOfAMapDefinition() {
        MapSpec flows = maps.map("flows");
        assertThat(flows.type()).isEqualTo(MapType.HASH);
        assertThat(flows.keySize()).isEqualTo(12);
        assertThat(flows.valueSize()).isEqualTo(16);
        assertThat(flows.maxEntries()).isEqualTo(1024);
        assertThat(flows.flags()).isEqualTo(5);
        assertThat(flows.pinnedByName()).isTrue();
        Btf btf = maps.btf().orElseThrow();
        assertThat(btf.typeName(flows.keyTypeId())).isEqualTo("flow");
        assertThat(btf.typeName(flows.valueTypeId())).isEqualTo("tally");
        assertThat(maps.map("untyped").keySize()).isEqualTo(4);
        assertThat(maps.map("untyped").valueSize()).isEqualTo(24);
        assertThat(maps.map("untyped").keyTypeId()).isZero();
        assertThat(maps.map("events").maxEntries()).isEqualTo(4096);
        assertThat(maps.map("samples").keySize()).isEqualTo(4);
        assertThat(maps.map("samples").keyTypeId()).isZero();
        assertThat(maps.map("seen").mapExtra()).isEqualTo(3);
        assertThat(maps.map("seen_too").mapExtra()).isEqualTo(5);
    }

    @Test
    void readsInnerMapsAndWhatFillsTheSlots() {
        MapSpec outer = maps.map("outer");
        assertThat(outer.valueSize()).isEqualTo(4);
        assertThat(outer.inner().orElseThrow().type()).isEqualTo(MapType.ARRAY);
        assertThat(outer.inner().orElseThrow().maxEntries()).isEqualTo(2);
        assertThat(outer.slots()).isEqualTo(Map.of(1, "inner_a", 3, "inner_b"));
        assertThat(maps.map("jumps").slots()).isEqualTo(Map.of(1, "callee"));
        assertThat(maps.map("jumps").type()).isEqualTo(MapType.PROG_ARRAY);
    }

    @Test
    void dataSectionsAreMapsNamedAsLibbpfNamesThem() {
        assertThat(linking.maps().keySet())
                .containsExactlyInAnyOrder(
                        "counts", "a_second_map_with_a_long_name", ".rodata", ".bss", ".data", ".data.tuned");
        assertThat(linking.map("a_second_map_with_a_long_name").name()).isEqualTo("a_second_map_wi");
        assertThat(linking.map(".rodata").name()).isEqualTo("linking.rodata");
        assertThat(linking.map(".bss").name()).isEqualTo("linking.bss");
        assertThat(linking.map(".data.tuned").name()).isEqualTo(".data.tuned");
        assertThat(linking.map(".rodata").frozen()).isTrue();
        assertThat(linking.map(".rodata").flags()).isEqualTo(MapSpec.RDONLY_PROG | MapSpec.MMAPABLE);
        assertThat(linking.map(".bss").frozen()).isFalse();
        assertThat(linking.map(".bss").initialValue()).isEmpty();
        assertThat(linking.map(".data").initialValue()).contains(new byte[] {(byte) 0xfb, -1, -1, -1});
    }

    @Test
    void globalVariablesKnowTheirPlace() {
        GlobalVariable hits = linking.variable("hits");
        assertThat(hits.sectionName()).isEqualTo(".bss");
        assertThat(hits.size()).isEqualTo(16);
        assertThat(hits.offset()).isEqualTo(8);
        assertThat(linking.variable("hidden_counter").offset()).isEqualTo(24);
        assertThat(linking.variable("limit").typeId()).isPositive();
    }

    @Test
    void settingAVariableChangesACopyOnly() {
        ObjectSpec edited = linking.withVariable("limit", 9).withVariable("small_limit", 255);
        assertThat(edited.map(".rodata").initialValue()).contains(new byte[] {9, 0, 0, 0, (byte) 255});
        assertThat(linking.map(".rodata").initialValue()).contains(new byte[] {7, 0, 0, 0, 1});
        assertThat(edited.withVariable("balance", -2).map(".data").initialValue())
                .contains(new byte[] {-2, -1, -1, -1});
        assertThat(edited.withVariable("hits", new byte[16])
                        .map(".bss")
                        .initialValue()
                        .orElseThrow())
                .hasSize(linking.map(".bss").valueSize());
    }

    @Test
    void refusesAValueThatDoesNotFitItsVariable() {
        assertThatThrownBy(() -> linking.withVariable("small_limit", 256)).hasMessageContaining("does not fit");
        assertThatThrownBy(() -> linking.withVariable("small_limit", -129)).hasMessageContaining("does not fit");
        assertThatThrownBy(() -> linking.withVariable("hits", 1)).hasMessageContaining("16 bytes");
        assertThatThrownBy(() -> linking.withVariable("hits", new byte[15])).hasMessageContaining("16 bytes");
        assertThatThrownBy(() -> linking.withVariable("limits", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no global variable 'limits'")
                .hasMessageContaining("small_limit");
    }

    @Test
    void editsMapsAndProgramsInCopies() {
        ObjectSpec edited = linking.withMap("counts", m -> m.withMaxEntries(99))
                .withProgram("traced", p -> p.withAutoload(false).withType(ProgramType.TRACEPOINT));
        assertThat(edited.map("counts").maxEntries()).isEqualTo(99);
        assertThat(linking.map("counts").maxEntries()).isEqualTo(8);
        assertThat(edited.program("traced").type()).isEqualTo(ProgramType.TRACEPOINT);
        assertThat(linking.program("traced").type()).isEqualTo(ProgramType.RAW_TRACEPOINT);
    }

    @Test
    void theKernelsBtfHasSectionsInPlaceAndHiddenFunctionsStatic() {
        Btf btf = Btf.parse("linking", linking.kernelBtf().orElseThrow());
        BtfType.DataSection bss =
                (BtfType.DataSection) btf.type(btf.dataSection(".bss").orElseThrow());
        assertThat(bss.size()).isEqualTo(linking.map(".bss").valueSize());
        assertThat(bss.entries())
                .isSortedAccordingTo((a, b) -> Long.compare(a.offset(), b.offset()))
                .extracting(e -> btf.typeName(e.typeId()) + "@" + e.offset())
                .containsExactly("total@0", "hits@8", "hidden_counter@24");
        int concealed = btf.find("concealed", BtfKind.FUNC).orElseThrow();
        assertThat(((BtfType.Func) btf.type(concealed)).linkage()).isEqualTo(BtfType.Linkage.STATIC);
        int shared = btf.find("shared", BtfKind.FUNC).orElseThrow();
        assertThat(((BtfType.Func) btf.type(shared)).linkage()).isEqualTo(BtfType.Linkage.GLOBAL);
    }

    @Test
    void namesAMissingFileAndAMissingProgram() {
        assertThatThrownBy(() -> ObjectSpec.read(Path.of("/nowhere/x.bpf.o")))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("/nowhere/x.bpf.o")
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> linking.program("third"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no program 'third'; it has first, second");
    }

    @Test
    void enumsHaveTheKernelsNumbersAndNames() {
        assertThat(ProgramType.SCHED_CLS.number()).isEqualTo(3);
        assertThat(ProgramType.SCHED_CLS.kernelName()).isEqualTo("BPF_PROG_TYPE_SCHED_CLS");
        assertThat(AttachType.TCX_INGRESS.number()).isEqualTo(46);
        assertThat(AttachType.NETKIT_PRIMARY.number()).isEqualTo(54);
        assertThat(AttachType.TCX_INGRESS.kernelName()).isEqualTo("BPF_TCX_INGRESS");
        assertThat(MapType.of(33)).contains(MapType.ARENA);
        assertThat(MapType.of(999)).isEmpty();
        assertThat(MapType.of(-1)).isEmpty();
    }

    @Test
    void refusesAStrippedFileInsteadOfFindingNothingInIt() {
        byte[] bytes = TestObjects.bytes("sections");
        ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(40);
        for (int i = 0; i < elf.getShort(60); i++) {
            int type = headers + 64 * i + 4;
            if (elf.getInt(type) == ElfSection.SHT_SYMTAB) {
                elf.putInt(type, 0);
            }
        }
        assertThatThrownBy(() -> ObjectSpec.parse("stripped", bytes))
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("no symbol table")
                .hasMessageContaining("llvm-strip -g");
    }
}
