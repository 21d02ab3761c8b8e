package io.jbpf.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.object.MapType;
import io.jbpf.object.ProgramType;
import io.jbpf.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
class KernelProbesTest {
    private static final int BPF_FUNC_MAP_LOOKUP_ELEM = 1;
    private static final int BPF_FUNC_SKB_STORE_BYTES = 9;
    private static final int NO_HELPER = 100_000;

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
