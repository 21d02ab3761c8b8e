package io.jbpf.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.btf.BtfFeature;
import io.jbpf.btf.BtfKind;
import io.jbpf.kernel.KernelBtf;
import io.jbpf.testkit.KernelTest;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
class BtfProbeTest {
    @ParameterizedTest
    @EnumSource
    void everyFeatureGetsAPlainAnswer(BtfFeature feature) {
        Support support = BtfProbe.feature(feature);
        assertThat(support.verdict()).isNotEqualTo(Support.Verdict.UNKNOWN);
        assertThat(BtfProbe.feature(feature)).as("remembered").isSameAs(support);
    }

    @Test
    void whatEveryKernelFromTheFloorOnHasIsAmongThem() {
        assertThat(BtfProbe.supported()).contains(BtfFeature.FUNC, BtfFeature.DATASEC);
    }

    @Test
    void aKernelTakesTheKindsItHasItself() {
        var btf = KernelBtf.get();
        boolean wide =
                IntStream.rangeClosed(btf.firstId(), btf.lastId()).anyMatch(id -> btf.kind(id) == BtfKind.ENUM64);
        if (wide) {
            assertThat(BtfProbe.supported()).contains(BtfFeature.ENUM64);
        }
    }
}
