package io.jbpf.btf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.probe.BtfProbe;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.NativeMemory;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What no compiler here writes (64-bit enums, sections with a question mark), and types by chance, less some features. */
@KernelTest
@Tag(KernelSupport.SIMULATED)
final class SanitisedBtfTest {
    /** Less than this kernel can take it need not take, and more it cannot. */
    private static final Set<BtfFeature> ALL = BtfProbe.supported();

    private static final int LOG_SIZE = 1 << 16;

    /** What the kernel says against it; empty if it takes it. */
    private static String refusal(byte[] btf) {
        NativeMemory log = NativeMemory.allocate(LOG_SIZE);
        int fd = Bpf.host().btfLoad(NativeMemory.copyOf(btf), log, 1);
        if (fd < 0) {
            return "errno " + -fd + ": " + log.cString(0, LOG_SIZE);
        }
        Bpf.host().own(fd, "sanitised BTF").close();
        return "";
    }

    @Test
    void theKernelTakesModernTypesLessAnyFeatures() {
        Btf modern = BtfSanitiserTest.modern();
        List<Set<BtfFeature>> subsets = new ArrayList<>(List.of(EnumSet.noneOf(BtfFeature.class)));
        for (BtfFeature feature : ALL) {
            for (Set<BtfFeature> without : List.copyOf(subsets)) {
                Set<BtfFeature> with = EnumSet.of(feature);
                with.addAll(without);
                subsets.add(with);
            }
        }
        assertThat(subsets).hasSize(1 << ALL.size());
        for (Set<BtfFeature> supported : subsets) {
            assertThat(refusal(BtfSanitiser.sanitise(modern, supported)))
                    .as("with %s", supported)
                    .isEmpty();
        }
    }

    @Test
    void whatItTakesOfTypesByChanceItTakesWithoutSomeOfThem() {
        Random random = new Random(11);
        int taken = 0;
        for (long seed = 0; seed < 200; seed++) {
            Btf btf = RandomBtf.of(seed, ByteOrder.nativeOrder(), 20);
            if (refusal(BtfSanitiser.sanitise(btf, ALL)).isEmpty()) {
                taken++;
                Set<BtfFeature> some = EnumSet.noneOf(BtfFeature.class);
                ALL.stream().filter(feature -> random.nextBoolean()).forEach(some::add);
                assertThat(refusal(BtfSanitiser.sanitise(btf, some)))
                        .as("seed %d with %s", seed, some)
                        .isEmpty();
            }
        }
        assertThat(taken).isGreaterThan(50);
    }
}
