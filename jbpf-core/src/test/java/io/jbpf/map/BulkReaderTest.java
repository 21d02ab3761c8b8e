package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@KernelTest
class BulkReaderTest {
    private static final int ENTRIES = 5000;
    private static final int NO_PREALLOC = 1;

    private static boolean lacks(BulkReader reader, TestReporter reporter) {
        if (reader.isInKernel()) {
            return false;
        }
        KernelSupport.lacks(reporter, "bpf_for_each_map_elem in SYSCALL programs (5.14)");
        return true;
    }

    /** The ways through a table in the kernel: elements allocated beforehand, or one by one. */
    private static Stream<Arguments> tables() {
        return Stream.of(MapType.HASH, MapType.LRU_HASH).flatMap(type -> IntStream.of(0, NO_PREALLOC)
                .filter(flags -> type == MapType.HASH || flags == 0)
                .boxed()
                .flatMap(flags -> Stream.of(
                        arguments(type, flags, 4, 8),
                        arguments(type, flags, 8, 8),
                        arguments(type, flags, 3, 1),
                        arguments(type, flags, 13, 31),
                        arguments(type, flags, 20, 200))));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void everyElementIsThereOnceWithItsBytes(
            MapType type, int flags, int keySize, int valueSize, TestReporter reporter) {
        // An LRU table may evict before it is full.
        int room = type == MapType.HASH ? ENTRIES : 4 * ENTRIES;
        try (BpfMap map = BpfMap.create(
                        MapSpec.of("jbpf_bulk", type, keySize, valueSize, room).withFlags(flags));
                BulkReader reader = BulkReader.of(map)) {
            TypedMap<byte[], byte[]> bytes = map.typed(Codec.bytes(keySize), Codec.bytes(valueSize));
            for (int i = 0; i < ENTRIES; i++) {
                bytes.put(key(i, keySize), value(i, valueSize));
            }
            lacks(reader, reporter);
            for (int round = 0; round < 2; round++) {
                EntryCursor cursor = reader.read();
                boolean[] met = new boolean[ENTRIES];
                while (cursor.advance()) {
                    ByteBuffer key = cursor.key();
                    byte[] value = new byte[valueSize];
                    cursor.value().get(value);
                    int i = number(key);
                    assertThat(met[i]).isFalse();
                    met[i] = true;
                    assertThat(value).isEqualTo(value(i, valueSize));
                }
                assertThat(met).containsOnly(true);
                assertThat(cursor.advance()).isFalse();
                assertThat(cursor.isExact()).isNotEqualTo(reader.isInKernel());
            }
        }
    }

    @Test
    void bucketsAreWalkedWithoutACallPerElementWhereTheKernelCan(TestReporter reporter) {
        try (BpfMap beforehand = BpfMap.create(MapSpec.of("jbpf_bulk", MapType.HASH, 8, 8, 100));
                BpfMap oneByOne = BpfMap.create(
                        MapSpec.of("jbpf_bulk", MapType.HASH, 8, 8, 100).withFlags(NO_PREALLOC));
                BulkReader walking = BulkReader.of(beforehand);
                BulkReader called = BulkReader.of(oneByOne)) {
            assertThat(called.walksBuckets()).isFalse();
            if (!walking.walksBuckets()) {
                KernelSupport.lacks(reporter, "bpf_rdonly_cast to void in a loop of may_goto (6.17)");
            }
        }
    }

    @Test
    void elementsWhoseHashesMeetInOneBucketAreAllThere(TestReporter reporter) {
        // A table of 2 buckets for 2 elements; more tables than that, so that chains of two come up.
        for (int table = 0; table < 32; table++) {
            try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_chain", MapType.HASH, 8, 8, 2));
                    BulkReader reader = BulkReader.of(map)) {
                if (lacks(reader, reporter)) {
                    return;
                }
                map.longs().put(2L * table, 1);
                map.longs().put(2L * table + 1, 2);
                EntryCursor cursor = reader.read();
                long sum = 0;
                while (cursor.advance()) {
                    sum += cursor.valueAsLong();
                }
                assertThat(sum).isEqualTo(3);
            }
        }
    }

    private static int number(ByteBuffer key) {
        return Byte.toUnsignedInt(key.get()) + (Byte.toUnsignedInt(key.get()) << 8);
    }

    private static byte[] key(int number, int size) {
        byte[] key = new byte[size];
        key[0] = (byte) number;
        key[1] = (byte) (number >> 8);
        key[size - 1] |= (byte) (size > 2 ? 0x40 : 0);
        return key;
    }

    private static byte[] value(int number, int size) {
        byte[] value = new byte[size];
        for (int i = 0; i < size; i++) {
            value[i] = (byte) (number + i);
        }
        return value;
    }

    @Test
    void whatStaysIsThereWhileOthersAreAdded(TestReporter reporter) throws Exception {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_grow", MapType.HASH, 4, 8, 20 * ENTRIES));
                BulkReader reader = BulkReader.of(map)) {
            LongMap numbers = map.longs();
            IntStream.range(0, ENTRIES).forEach(i -> numbers.put(i, i));
            if (lacks(reader, reporter)) {
                return;
            }
            AtomicInteger next = new AtomicInteger(ENTRIES);
            Thread adder = new Thread(() -> {
                for (int i = ENTRIES; i < 20 * ENTRIES; i++) {
                    numbers.put(i, i);
                    next.set(i);
                }
            });
            adder.start();
            do {
                int before = next.get();
                EntryCursor cursor = reader.read();
                Map<Long, Long> all = new HashMap<>();
                while (cursor.advance()) {
                    assertThat(all.put(cursor.keyAsLong(), cursor.valueAsLong()))
                            .isNull();
                }
                for (long i = 0; i < before; i++) {
                    assertThat(all.get(i)).isEqualTo(i);
                }
            } while (adder.isAlive());
            adder.join();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = MapType.class,
            names = {"PERCPU_HASH", "ARRAY"})
    void otherMapsAreReadInBatches(MapType type) {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_other", type, 4, 8, 10));
                BulkReader reader = BulkReader.of(map)) {
            assertThat(reader.isInKernel()).isFalse();
            EntryCursor cursor = reader.read();
            assertThat(cursor.isExact()).isTrue();
            assertThat(cursor.advance()).isEqualTo(type == MapType.ARRAY);
        }
    }

    @Test
    void elementsThatAreTooLargeAreReadInBatches() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_big", MapType.HASH, 4, 4096, 4));
                BulkReader reader = BulkReader.of(map)) {
            map.typed(Codec.u32(), Codec.bytes(4096)).put(1, new byte[4096]);
            assertThat(reader.isInKernel()).isFalse();
            assertThat(reader.read().advance()).isTrue();
        }
    }

    @Test
    void useAfterCloseIsAnError(TestReporter reporter) {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_bulk", MapType.HASH, 4, 8, 10))) {
            BulkReader reader = BulkReader.of(map);
            EntryCursor before = reader.read();
            assertThat(before.advance()).isFalse();
            reader.close();
            if (!lacks(reader, reporter)) {
                assertThatThrownBy(reader::read).isInstanceOf(IllegalStateException.class);
            }
        }
    }
}
