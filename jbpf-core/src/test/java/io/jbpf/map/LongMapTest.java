package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.lang.management.ManagementFactory;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@KernelTest
class LongMapTest {
    private static final int OPERATIONS = 100_000;

    /** Room for what the virtual machine does by itself: no operation could hide in it. */
    private static final long SLACK = OPERATIONS / 10;

    private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static MapSpec spec(MapType type) {
        return MapSpec.of("jbpf_longs", type, 8, 8, 1000);
    }

    private static long allocatedBy(Runnable work) {
        work.run();
        long before = THREAD.getCurrentThreadAllocatedBytes();
        work.run();
        return THREAD.getCurrentThreadAllocatedBytes() - before;
    }

    @ParameterizedTest
    @CsvSource({"4,4", "4,8", "8,4", "8,8"})
    void numbersComeBackAsTheyWerePut(int keySize, int valueSize) {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_longs", MapType.HASH, keySize, valueSize, 10))) {
            LongMap numbers = map.longs();
            assertThat(numbers.get(1, -5)).isEqualTo(-5);
            assertThat(numbers.contains(1)).isFalse();
            numbers.put(1, 0xffff_fffeL);
            assertThat(numbers.get(1, -5)).isEqualTo(0xffff_fffeL);
            assertThat(numbers.contains(1)).isTrue();
            assertThat(numbers.update(1, 2, UpdateMode.IF_ABSENT)).isFalse();
            assertThat(numbers.delete(1)).isTrue();
            assertThat(numbers.delete(1)).isFalse();
            if (keySize == 4) {
                assertThatThrownBy(() -> numbers.get(1L << 32, 0))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("4294967296 does not fit into 4 bytes");
            }
        }
    }

    @Test
    void anOperationAllocatesNothing() {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH))) {
            LongMap numbers = map.longs();
            assertThat(allocatedBy(() -> {
                        long sum = 0;
                        for (int i = 0; i < OPERATIONS; i++) {
                            numbers.put(i % 500, i);
                            sum += numbers.get(i % 1000, 0);
                            numbers.delete(i % 700);
                        }
                        assertThat(sum).isPositive();
                    }))
                    .isLessThan(SLACK);
        }
    }

    @Test
    void aSumOverCpusAllocatesNothing() {
        try (BpfMap map = BpfMap.create(spec(MapType.PERCPU_HASH))) {
            PerCpuLongMap numbers = map.perCpuLongs();
            numbers.fill(3, 7);
            assertThat(numbers.sum(3, -1)).isEqualTo(7L * PossibleCpus.count());
            assertThat(numbers.sum(4, -1)).isEqualTo(-1);
            long[] each = new long[PossibleCpus.count()];
            assertThat(numbers.read(3, each)).isTrue();
            assertThat(each).containsOnly(7);
            assertThat(allocatedBy(() -> {
                        for (int i = 0; i < OPERATIONS; i++) {
                            numbers.fill(i % 10, i);
                            numbers.sum(i % 20, 0);
                            numbers.read(i % 20, each);
                        }
                    }))
                    .isLessThan(SLACK);
        }
    }

    @Test
    void aWalkAllocatesNothingForAnElement() {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH).withMaxEntries(OPERATIONS))) {
            for (int i = 0; i < OPERATIONS; i++) {
                map.longs().put(i, i);
            }
            assertThat(allocatedBy(() -> {
                        EntryCursor cursor = map.entries();
                        long sum = 0;
                        while (cursor.advance()) {
                            sum += cursor.keyAsLong()
                                    + cursor.valueAsLong()
                                    + cursor.value().remaining();
                        }
                        assertThat(sum).isEqualTo(OPERATIONS * (OPERATIONS - 1L) + 8L * OPERATIONS);
                    }))
                    .isLessThan(SLACK);
        }
    }

    @Test
    void anElementIsTakenOutAtOnce(TestReporter reporter) {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH));
                BpfMap perCpu = BpfMap.create(spec(MapType.PERCPU_HASH))) {
            map.longs().put(5, 55);
            perCpu.perCpuLongs().fill(5, 1);
            try {
                assertThat(map.longs().take(5, -1)).isEqualTo(55);
            } catch (UnsupportedFeatureException e) {
                assertThat(e).hasMessageContaining("BPF_MAP_TYPE_HASH").hasMessageContaining("5.14");
                assertThat(map.longs().get(5, -1)).isEqualTo(55);
                KernelSupport.lacks(reporter, "looking up and deleting at once in hash tables (5.14)");
                return;
            }
            assertThat(map.longs().take(5, -1)).isEqualTo(-1);
            map.typed(Codec.u64(), Codec.u64()).put(6L, 66L);
            assertThat(map.typed(Codec.u64(), Codec.u64()).take(6L)).contains(66L);
            assertThat(perCpu.perCpuLongs().take(5, -1)).isEqualTo(PossibleCpus.count());
            assertThat(perCpu.perCpu(Codec.u64(), Codec.u64()).take(5L)).isEmpty();
        }
    }

    @Test
    void aKernelThatCannotTakeSaysSinceWhichItCould() {
        OlderKernel kernel = new OlderKernel(Set.of(OlderKernel.LOOKUP_AND_DELETE_ELEM));
        try (BpfMap map = kernel.create(spec(MapType.HASH))) {
            map.longs().put(1, 1);
            assertThatThrownBy(() -> map.longs().take(1, 0))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("looking up and deleting at once in maps of type BPF_MAP_TYPE_HASH");
            assertThat(map.longs().get(1, 0)).isEqualTo(1);
        }
    }

    @Test
    void aViewThatDoesNotFitIsRefused() {
        try (BpfMap wide = BpfMap.create(MapSpec.of("jbpf_wide", MapType.HASH, 4, 12, 1));
                BpfMap perCpu = BpfMap.create(spec(MapType.PERCPU_HASH))) {
            assertThatThrownBy(wide::longs)
                    .hasMessage("map 'jbpf_wide' has keys of 4 bytes and values of 12: numbers are of 4 or 8");
            assertThatThrownBy(perCpu::longs).hasMessageContaining("use perCpuLongs()");
        }
    }

    @Test
    void useAfterCloseIsAnError() {
        BpfMap map = BpfMap.create(spec(MapType.HASH));
        LongMap numbers = map.longs();
        EntryCursor cursor = map.entries();
        map.close();
        assertThatThrownBy(() -> numbers.get(1, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(cursor::advance).isInstanceOf(IllegalStateException.class);
    }
}
