package io.jbpf.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.testkit.KernelTest;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class BatchWriterTest {
    private static final int MANY = 50_000;

    private static BpfMap create(boolean batches, int entries) {
        MapSpec spec = MapSpec.of("jbpf_many", MapType.HASH, 4, 8, entries);
        return new OlderKernel(batches ? Set.of() : OlderKernel.BATCHES).create(spec);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyAreSetAndRemoved(boolean batches) {
        try (BpfMap map = create(batches, MANY)) {
            long[] keys = LongStream.range(0, MANY).toArray();
            map.longs().putAll(keys, LongStream.range(0, MANY).map(i -> i * i).toArray());
            assertThat(map.count()).isEqualTo(MANY);
            assertThat(map.longs().get(MANY - 1, -1)).isEqualTo((MANY - 1L) * (MANY - 1L));
            assertThat(map.longs().deleteAll(keys)).isEqualTo(MANY);
            assertThat(map.count()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keysThatAreNotThereArePassedOver(boolean batches) {
        try (BpfMap map = create(batches, 100)) {
            TypedMap<Integer, Long> numbers = map.typed(Codec.u32(), Codec.u64());
            numbers.putAll(IntStream.range(0, 50).boxed().collect(Collectors.toMap(Function.identity(), i -> 7L)));
            assertThat(numbers.deleteAll(List.of(99, 3, 98, 97, 4, 96))).isEqualTo(2);
            assertThat(map.count()).isEqualTo(48);
            assertThat(numbers.deleteAll(List.of())).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFullMapKeepsWhatFitAndSaysWhichDidNot(boolean batches) {
        try (BpfMap map = create(batches, 10)) {
            long[] keys = LongStream.range(0, 20).toArray();
            assertThatThrownBy(() -> map.longs().putAll(keys, keys))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.E2BIG))
                    .hasMessageContaining("cannot update element 11 of those given in map 'jbpf_many'")
                    .hasMessageContaining("all 10 entries are taken");
            assertThat(map.count()).isEqualTo(10);
        }
    }

    @Test
    void batchesAreUsed() {
        OlderKernel kernel = new OlderKernel(Set.of());
        try (BpfMap map = kernel.create(MapSpec.of("jbpf_many", MapType.HASH, 4, 8, MANY))) {
            map.longs().putAll(new long[MANY], new long[MANY]);
            assertThat(kernel.asked(2)).as("single updates").isZero();
            assertThat(kernel.asked(26)).as("batches and the probe").isBetween(2, 10);
        }
    }
}
