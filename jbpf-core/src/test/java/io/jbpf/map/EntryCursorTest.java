package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelTest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class EntryCursorTest {
    private static final int ENTRIES = 1000;

    private static MapSpec spec(MapType type) {
        return MapSpec.of("jbpf_walk", type, 4, 8, ENTRIES);
    }

    private static void fill(BpfMap map, int entries) {
        if (map.isPerCpu()) {
            IntStream.range(0, entries).forEach(i -> map.perCpuLongs().fill(i, i));
        } else {
            map.longs()
                    .putAll(
                            LongStream.range(0, entries).toArray(),
                            LongStream.range(0, entries).toArray());
        }
    }

    private static Map<Long, Long> collect(EntryCursor cursor, boolean perCpu) {
        Map<Long, Long> all = new HashMap<>();
        while (cursor.advance()) {
            assertThat(cursor.key().remaining()).isEqualTo(4);
            Long before = all.put(cursor.keyAsLong(), perCpu ? cursor.valueSum() : cursor.valueAsLong());
            assertThat(before).as("key met twice").isNull();
        }
        assertThat(cursor.advance()).isFalse();
        return all;
    }

    @ParameterizedTest
    @EnumSource(
            value = MapType.class,
            names = {"HASH", "ARRAY", "PERCPU_HASH", "PERCPU_ARRAY", "LRU_PERCPU_HASH"})
    void eachElementIsMetOnceWithItsValue(MapType type) {
        try (BpfMap map = BpfMap.create(spec(type).withMaxEntries(2 * ENTRIES))) {
            boolean array = type == MapType.ARRAY || type == MapType.PERCPU_ARRAY;
            fill(map, array ? 2 * ENTRIES : ENTRIES);
            int factor = map.isPerCpu() ? PossibleCpus.count() : 1;
            Map<Long, Long> batched = collect(map.entries(), map.isPerCpu());
            assertThat(batched).hasSize(array ? 2 * ENTRIES : ENTRIES);
            assertThat(batched).allSatisfy((key, value) -> assertThat(value).isEqualTo(key * factor));
            assertThat(collect(new EntryCursor(map, new KeyWalk(map, false)), map.isPerCpu()))
                    .isEqualTo(batched);
            assertThat(map.count()).isEqualTo(batched.size());
        }
    }

    @Test
    void hashTablesAndArraysComeInBatches() {
        try (BpfMap hash = BpfMap.create(spec(MapType.HASH));
                BpfMap array = BpfMap.create(spec(MapType.ARRAY))) {
            assertThat(hash.entries().isBatched()).isTrue();
            assertThat(hash.drain().isBatched()).isTrue();
            assertThat(array.entries().isBatched()).isTrue();
            assertThat(hash.entries().isExact()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1000, 4096})
    void aBatchGrowsUntilTheLargestBucketFits(int capacity) {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH))) {
            fill(map, ENTRIES);
            BatchWalk walk = new BatchWalk(map, false, capacity);
            assertThat(collect(new EntryCursor(map, walk), false)).hasSize(ENTRIES);
            if (capacity == 1) {
                assertThat(walk.capacity()).as("1000 keys in 1024 buckets").isGreaterThan(1);
            }
            BatchWalk drain = new BatchWalk(map, true, capacity);
            assertThat(collect(new EntryCursor(map, drain), false)).hasSize(ENTRIES);
            assertThat(map.count()).isZero();
        }
    }

    @Test
    void anEmptyMapHasNoElements() {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH))) {
            assertThat(map.entries().advance()).isFalse();
            assertThat(map.drain().advance()).isFalse();
        }
    }

    @Test
    void drainingTakesEverythingOut() {
        for (Set<Integer> missing : List.of(Set.<Integer>of(), OlderKernel.BATCHES, Set.of(21, 24, 25, 26, 27))) {
            OlderKernel kernel = new OlderKernel(missing);
            try (BpfMap map = kernel.create(spec(MapType.HASH))) {
                fill(map, ENTRIES);
                EntryCursor drain = map.drain();
                assertThat(collect(drain, false)).hasSize(ENTRIES).containsEntry(999L, 999L);
                assertThat(drain.isBatched()).isEqualTo(missing.isEmpty());
                assertThat(map.entries().advance()).isFalse();
            }
        }
    }

    @Test
    void aKernelWithoutBatchesIsAskedOnceForEachType() {
        OlderKernel kernel = new OlderKernel(OlderKernel.BATCHES);
        try (BpfMap map = kernel.create(spec(MapType.HASH));
                BpfMap another = kernel.create(spec(MapType.HASH))) {
            fill(map, ENTRIES);
            for (int i = 0; i < 3; i++) {
                assertThat(map.count()).isEqualTo(ENTRIES);
                assertThat(another.count()).isZero();
            }
            assertThat(kernel.asked(24)).isEqualTo(1);
            assertThat(kernel.asked(26)).isEqualTo(1);
            assertThat(map.entries().isBatched()).isFalse();
            assertThat(map.entries().isExact()).isFalse();
        }
    }

    @Test
    void anArrayCannotBeDrained() {
        try (BpfMap map = BpfMap.create(spec(MapType.ARRAY))) {
            EntryCursor drain = map.drain();
            assertThatThrownBy(drain::advance)
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("EINVAL");
        }
    }

    @Test
    void numbersAreOnlyReadWhereThereAreSome() {
        try (BpfMap wide = BpfMap.create(MapSpec.of("jbpf_wide", MapType.HASH, 4, 12, 1));
                BpfMap perCpu = BpfMap.create(spec(MapType.PERCPU_ARRAY))) {
            wide.typed(Codec.u32(), Codec.bytes(12)).put(1, new byte[12]);
            EntryCursor cursor = wide.entries();
            assertThat(cursor.advance()).isTrue();
            assertThat(cursor.keyAsLong()).isEqualTo(1);
            assertThatThrownBy(cursor::valueAsLong)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a value of map 'jbpf_wide' has 12 bytes, not 4 or 8 as a number");
            EntryCursor other = perCpu.entries();
            assertThat(other.advance()).isTrue();
            assertThatThrownBy(other::valueAsLong).hasMessageContaining("use valueSum()");
            assertThatThrownBy(cursor::valueSum).hasMessageContaining("use valueAsLong()");
        }
    }

    /** Even keys stay, odd ones come and go under the walk; some who stay are replaced, too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatStaysIsMetOnceHoweverMuchIsDeletedMeanwhile(boolean batched) throws Exception {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_churn", MapType.HASH, 4, 8, 4 * ENTRIES))) {
            LongMap numbers = map.longs();
            IntStream.range(0, 2 * ENTRIES).forEach(i -> numbers.put(i, 1));
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> deleters = new ArrayList<>();
            for (int offset = 0; offset < 2; offset++) {
                int first = 1 + 2 * offset;
                Thread deleter = new Thread(() -> {
                    while (!stop.get()) {
                        for (int key = first; key < 2 * ENTRIES; key += 4) {
                            numbers.delete(key);
                            if (batched) {
                                // In batches a replaced element is not lost either.
                                numbers.put(key - 1, 2);
                            }
                            numbers.put(key, 1);
                        }
                    }
                });
                deleters.add(deleter);
                deleter.start();
            }
            try {
                for (int round = 0; round < 20; round++) {
                    EntryCursor cursor = batched ? map.entries() : new EntryCursor(map, new KeyWalk(map, false));
                    assertThat(cursor.isBatched()).isEqualTo(batched);
                    int[] met = new int[2 * ENTRIES];
                    while (cursor.advance()) {
                        met[(int) cursor.keyAsLong()]++;
                    }
                    assertThat(IntStream.range(0, ENTRIES).map(i -> met[2 * i])).containsOnly(1);
                }
            } finally {
                stop.set(true);
                for (Thread deleter : deleters) {
                    deleter.join();
                }
            }
        }
    }

    @Test
    void aWalkWhoseKeyIsAlwaysDeletedEnds() {
        try (BpfMap map = BpfMap.create(spec(MapType.HASH))) {
            LongMap numbers = map.longs();
            fill(map, 100);
            KeyCursor cursor = new KeyCursor(map);
            assertThatThrownBy(() -> {
                        int fresh = 100;
                        while (cursor.advance()) {
                            numbers.delete(Codec.u32().decode(cursor.key()));
                            numbers.put(fresh++, 1);
                        }
                    })
                    .hasMessageContaining("deleted faster than they can be listed");
        }
    }
}
