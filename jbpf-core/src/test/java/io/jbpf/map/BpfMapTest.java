package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelTest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@KernelTest
class BpfMapTest {
    private static final MapSpec HASH = MapSpec.of("jbpf_hash", MapType.HASH, 4, 8, 100);

    @Test
    void aValueComesBackAsItWasPut() {
        try (BpfMap map = BpfMap.create(HASH)) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            assertThat(numbers.lookup(7)).isEmpty();
            numbers.put(7, 0x1122_3344_5566_7788L);
            assertThat(numbers.lookup(7)).contains(0x1122_3344_5566_7788L);
            assertThat(numbers.delete(7)).isTrue();
            assertThat(numbers.delete(7)).isFalse();
            assertThat(numbers.lookup(7)).isEmpty();
        }
    }

    @Test
    void anUpdateDoesAsItsModeSays() {
        try (BpfMap map = BpfMap.create(HASH)) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            assertThat(numbers.update(1, 10L, UpdateMode.IF_PRESENT)).isFalse();
            assertThat(numbers.update(1, 10L, UpdateMode.IF_ABSENT)).isTrue();
            assertThat(numbers.update(1, 11L, UpdateMode.IF_ABSENT)).isFalse();
            assertThat(numbers.lookup(1)).contains(10L);
            assertThat(numbers.update(1, 12L, UpdateMode.IF_PRESENT)).isTrue();
            assertThat(numbers.lookup(1)).contains(12L);
        }
    }

    @Test
    void bytesAreCopiedFromAndToTheBuffersPositionsWhichStay() {
        try (BpfMap map = BpfMap.create(HASH)) {
            ByteBuffer key = ByteBuffer.wrap(new byte[] {9, 9, 1, 2, 3, 4}).position(2);
            ByteBuffer value =
                    ByteBuffer.wrap(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8}).position(1);
            assertThat(map.update(key, value, UpdateMode.ANY)).isTrue();
            ByteBuffer read = ByteBuffer.allocateDirect(10).position(2);
            assertThat(map.lookup(key, read)).isTrue();
            assertThat(read).isEqualTo(value);
            assertThat(key.position()).isEqualTo(2);
            assertThat(value.position()).isEqualTo(1);
        }
    }

    @Test
    void aBufferThatIsTooSmallIsRefusedBeforeTheKernelSeesIt() {
        try (BpfMap map = BpfMap.create(HASH)) {
            assertThatThrownBy(() -> map.delete(ByteBuffer.allocate(3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a key of map 'jbpf_hash' has 4 bytes, not 3");
        }
    }

    @Test
    void entriesHasEachKeyOnce() {
        try (BpfMap map = BpfMap.create(HASH)) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            IntStream.range(0, 100).forEach(i -> numbers.put(i, i * 3L));
            Map<Integer, Long> entries = numbers.entries();
            assertThat(entries).hasSize(100).contains(entry(0, 0L), entry(99, 297L));
        }
    }

    @Test
    void entriesSurviveADeletionOfTheKeyTheWalkStandsOn() {
        try (BpfMap map = BpfMap.create(HASH)) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            IntStream.range(0, 100).forEach(i -> numbers.put(i, 1L));
            KeyCursor cursor = new KeyCursor(map);
            int met = 0;
            while (cursor.advance()) {
                met++;
                numbers.delete(Codec.u32().decode(cursor.key()));
            }
            assertThat(met).isEqualTo(100);
            assertThat(numbers.entries()).isEmpty();
        }
    }

    @Test
    void aFullHashSaysSo() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_small", MapType.HASH, 4, 8, 1))) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            numbers.put(1, 1L);
            assertThatThrownBy(() -> numbers.put(2, 2L))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.E2BIG))
                    .hasMessageContaining("update a key in map 'jbpf_small'")
                    .hasMessageContaining("all 1 entries are taken");
        }
    }

    @Test
    void aPerCpuMapHasAValueForEachPossibleCpu() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_percpu", MapType.PERCPU_HASH, 4, 4, 10))) {
            PerCpuMap<Integer, Integer> numbers = map.perCpu(Codec.u32(), Codec.u32());
            assertThat(numbers.lookup(5)).isEmpty();
            numbers.fill(5, 42);
            assertThat(numbers.lookup(5)).contains(Collections.nCopies(PossibleCpus.count(), 42));
            assertThat(numbers.merged(5, Integer::sum)).contains(42 * PossibleCpus.count());
            assertThat(numbers.entries()).containsOnlyKeys(5);
            assertThat(numbers.delete(5)).isTrue();
        }
    }

    @Test
    void aViewOfTheWrongSizesOrKindIsRefused() {
        try (BpfMap map = BpfMap.create(HASH);
                BpfMap perCpu = BpfMap.create(MapSpec.of("jbpf_percpu", MapType.PERCPU_ARRAY, 4, 8, 10))) {
            assertThatThrownBy(() -> map.typed(Codec.u64(), Codec.u64()))
                    .hasMessage("a key of map 'jbpf_hash' has 4 bytes, the codec 8");
            assertThatThrownBy(() -> map.typed(Codec.u32(), Codec.u32()))
                    .hasMessage("a value of map 'jbpf_hash' has 8 bytes, the codec 4");
            assertThatThrownBy(() -> perCpu.typed(Codec.u32(), Codec.u64())).hasMessageContaining("use perCpu()");
            assertThatThrownBy(() -> map.perCpu(Codec.u32(), Codec.u64())).hasMessageContaining("use typed()");
        }
    }

    @Test
    void aPinKeepsTheMapAliveAfterItsOwner() throws Exception {
        Path pin =
                BpfFs.mounted().pin("jbpf_test_pin_" + ProcessHandle.current().pid());
        try {
            try (BpfMap map = BpfMap.create(HASH)) {
                map.typed(Codec.u32(), Codec.u64()).put(1, 99L);
                map.pin(pin);
            }
            try (BpfMap again = BpfMap.openPinned(pin)) {
                assertThat(again.name()).isEqualTo("jbpf_hash");
                assertThat(again.type()).contains(MapType.HASH);
                assertThat(again.typed(Codec.u32(), Codec.u64()).lookup(1)).contains(99L);
            }
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void aFrozenMapTakesNoMoreWrites() {
        try (BpfMap map = BpfMap.create(HASH)) {
            map.freeze();
            assertThatThrownBy(() -> map.typed(Codec.u32(), Codec.u64()).put(1, 1L))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EPERM));
        }
    }

    @Test
    void useAfterCloseIsAnErrorThatNamesTheMap() {
        BpfMap map = BpfMap.create(HASH);
        TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
        map.close();
        map.close();
        assertThatThrownBy(() -> numbers.lookup(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("map 'jbpf_hash' is closed");
    }

    @Test
    void aMapTheKernelRefusesIsDescribed() {
        assertThatThrownBy(() -> BpfMap.create(MapSpec.of("jbpf_bad", MapType.ARRAY, 8, 8, 1)))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("cannot create map 'jbpf_bad' (ARRAY, key 8 bytes")
                .hasMessageContaining("bpf(BPF_MAP_CREATE): EINVAL");
    }

    @Test
    void manyThreadsHaveTheirOwnScratch() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_threads", MapType.HASH, 4, 8, 10_000))) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            IntStream.range(0, 10_000).parallel().forEach(i -> numbers.put(i, (long) i));
            assertThat(IntStream.range(0, 10_000)
                            .parallel()
                            .filter(i -> numbers.lookup(i).orElse(-1L) == i)
                            .count())
                    .isEqualTo(10_000);
        }
    }
}
