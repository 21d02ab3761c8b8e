package io.jbpf.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.Btf;
import io.jbpf.btf.BtfKind;
import io.jbpf.btf.BtfType;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.testkit.KernelTest;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
class KernelProbesTest {
    private static final int BPF_FUNC_MAP_LOOKUP_ELEM = 1;
    private static final int BPF_FUNC_SKB_STORE_BYTES = 9;
    private static final int NO_HELPER = 100_000;
    private static final int NO_PREALLOC = 1;
    private static final int STRICT_ALIGNMENT = 1;

    @Test
    void whatEveryKernelFromTheFloorOnHasIsSupported() {
        assertThat(KernelProbes.feature(Feature.NAMES)).isEqualTo(Support.YES);
        assertThat(KernelProbes.feature(Feature.GLOBAL_DATA)).isEqualTo(Support.YES);
        assertThat(KernelProbes.programType(ProgramType.SOCKET_FILTER).isSupported())
                .isTrue();
        assertThat(KernelProbes.programType(ProgramType.XDP).isSupported()).isTrue();
        assertThat(KernelProbes.mapType(MapType.HASH).isSupported()).isTrue();
        assertThat(KernelProbes.mapType(MapType.LPM_TRIE).isSupported()).isTrue();
        assertThat(KernelProbes.mapType(MapType.STACK_TRACE).isSupported()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void everyFeatureGetsAPlainAnswerWithAReasonIfItIsNo(Feature feature) {
        Support support = KernelProbes.feature(feature);
        assertThat(support.verdict()).isNotEqualTo(Support.Verdict.UNKNOWN);
        assertThat(support.isSupported() ? "a reason" : support.reason()).isNotEmpty();
        assertThat(KernelProbes.feature(feature)).as("remembered").isSameAs(support);
    }

    @ParameterizedTest
    @EnumSource
    void everyKindOfLinkGetsAPlainAnswer(LinkFeature kind) {
        Support support = KernelProbes.link(kind);
        assertThat(support.verdict()).isNotEqualTo(Support.Verdict.UNKNOWN);
        assertThat(support.isSupported() ? "a reason" : support.reason()).isNotEmpty();
        assertThat(KernelProbes.link(kind)).as("remembered").isSameAs(support);
    }

    @ParameterizedTest
    @EnumSource
    void everyProgramTypeGetsAnAnswer(ProgramType type) {
        Support support = KernelProbes.programType(type);
        assertThat(support.isSupported() ? "a reason" : support.reason())
                .as(type.kernelName())
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everyMapTypeGetsAnAnswer(MapType type) {
        Support support = KernelProbes.mapType(type);
        assertThat(support.isSupported() ? "a reason" : support.reason())
                .as(type.kernelName())
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void anAttachTypeIsSupportedOnlyIfTheKernelNumbersIt(AttachType type) {
        Support support = KernelProbes.attachType(type);
        assertThat(support.isSupported() ? "a reason" : support.reason())
                .as(type.kernelName())
                .isNotEmpty();
        boolean numbered = numbers("bpf_attach_type").contains(type.kernelName());
        if (!numbered) {
            assertThat(support.isSupported()).as(type.kernelName()).isFalse();
        }
        if (numbered && ALWAYS.contains(type)) {
            assertThat(support.isSupported()).as(type + ": " + support).isTrue();
        }
    }

    /** What every kernel has that has a number for it, built as distributions build theirs. */
    private static final Set<AttachType> ALWAYS = EnumSet.complementOf(EnumSet.of(
            AttachType.LIRC_MODE2,
            AttachType.NETKIT_PRIMARY,
            AttachType.NETKIT_PEER,
            AttachType.MODIFY_RETURN,
            AttachType.LSM_MAC,
            AttachType.LSM_CGROUP,
            AttachType.TRACE_FENTRY,
            AttachType.TRACE_FEXIT,
            AttachType.TRACE_FSESSION,
            AttachType.TRACE_FENTRY_MULTI,
            AttachType.TRACE_FEXIT_MULTI,
            AttachType.TRACE_FSESSION_MULTI,
            AttachType.TRACE_KPROBE_MULTI,
            AttachType.TRACE_KPROBE_SESSION,
            AttachType.STRUCT_OPS));

    private static Set<String> numbers(String enumeration) {
        Btf kernel = KernelBtf.get();
        BtfType.Enumeration found = (BtfType.Enumeration)
                kernel.type(kernel.find(enumeration, BtfKind.ENUM).orElseThrow());
        return found.values().stream().map(BtfType.Enumerator::name).collect(Collectors.toSet());
    }

    @Test
    void instructionSetsHaveTheirOrder() {
        assertThat(KernelProbes.instructions(InstructionSet.V1).isSupported()).isTrue();
        assertThat(KernelProbes.instructions(InstructionSet.V2).isSupported()).isTrue();
        assertThat(KernelProbes.instructions(InstructionSet.V3).isSupported()).isTrue();
        Support v4 = KernelProbes.instructions(InstructionSet.V4);
        // Linux 6.6 has both.
        assertThat(v4.isSupported())
                .isEqualTo(KernelProbes.attachType(AttachType.TCX_INGRESS).isSupported());
        assertThat(v4.verdict()).isNotEqualTo(Support.Verdict.UNKNOWN);
    }

    @Test
    void flagsAreTriedWithTheirType() {
        assertThat(KernelProbes.mapFlags(MapType.HASH, NO_PREALLOC).isSupported())
                .isTrue();
        assertThat(KernelProbes.mapFlags(MapType.ARRAY, NO_PREALLOC).isUnsupported())
                .isTrue();
        assertThat(KernelProbes.mapFlags(MapType.HASH, 1 << 30).isUnsupported()).isTrue();
        assertThat(KernelProbes.programFlags(ProgramType.XDP, STRICT_ALIGNMENT).isSupported())
                .isTrue();
        assertThat(KernelProbes.programFlags(ProgramType.XDP, 1 << 30).isUnsupported())
                .isTrue();
    }

    @Test
    void mapsThatNeedTypesOrAnotherMapAreTriedToo() {
        assertThat(KernelProbes.mapType(MapType.ARRAY_OF_MAPS).isSupported()).isTrue();
        assertThat(KernelProbes.mapType(MapType.HASH_OF_MAPS).isSupported()).isTrue();
        assertThat(KernelProbes.mapType(MapType.SK_STORAGE).isSupported()).isTrue();
        for (MapType type : MapType.values()) {
            boolean numbered = numbers("bpf_map_type").contains("BPF_MAP_TYPE_" + type.name());
            if (!numbered) {
                assertThat(KernelProbes.mapType(type).isSupported())
                        .as(type.kernelName())
                        .isFalse();
            }
        }
    }

    @Test
    void helpersAreKnownByTheProgramTypesThatMayCallThem() {
        assertThat(KernelProbes.helper(ProgramType.XDP, BPF_FUNC_MAP_LOOKUP_ELEM)
                        .isSupported())
                .isTrue();
        assertThat(KernelProbes.helper(ProgramType.SCHED_CLS, BPF_FUNC_SKB_STORE_BYTES)
                        .isSupported())
                .isTrue();
        assertThat(KernelProbes.helper(ProgramType.TRACEPOINT, BPF_FUNC_SKB_STORE_BYTES)
                        .isUnsupported())
                .isTrue();
        assertThat(KernelProbes.helper(ProgramType.XDP, NO_HELPER).isUnsupported())
                .isTrue();
    }
}
