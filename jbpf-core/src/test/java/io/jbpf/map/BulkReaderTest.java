package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
class BulkReaderTest {
    private static final int ENTRIES = 5000;

    private static boolean lacks(BulkReader reader, TestReporter reporter) {
        if (reader.isInKernel()) {
            return false;
        }
        KernelSupport.lacks(reporter, "bpf_for_each_map_elem in SYSCALL programs (5.14)");
        return true;
    }

    @ParameterizedTest
    @CsvSource({"4,8", "8,8", "3,1", "13,31", "20,200"})
    void everyElementIsThereOnceWithItsBytes(int keySize, int valueSize, TestReporter reporter) {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_bulk", MapType.HASH, keySize, valueSize, ENTRIES));
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
                    int i = number(cursor.key());
                    assertThat(met[i]).isFalse();
                    met[i] = true;
                    byte[] value = new byte[valueSize];
                    cursor.value().get(value);
                    assertThat(value).isEqualTo(value(i, valueSize));
                }
                assertThat(met).containsOnly(true);
                assertThat(cursor.advance()).isFalse();
                assertThat(cursor.isExact()).isNotEqualTo(reader.isInKernel());
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
