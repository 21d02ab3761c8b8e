package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.sys.MappedMemory;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class PerfBufferTest {
    private static final Duration NOT_SOON = Duration.ofMinutes(5);
    private static final PerfBufferOptions SMALL = PerfBufferOptions.DEFAULTS.withBytesPerCpu(1);
    private static final SampleHandler IGNORE = (cpu, data, offset, length) -> {};

    private final BpfObject object = BpfObject.load(TestObjects.read("perf_events"));
    private final BpfMap map = object.map("samples");

    @AfterEach
    void close() {
        object.close();
    }

    private void run(int cpu, String program, int times) throws Exception {
        int unused = Pinned.on(
                cpu, () -> object.program(program).testRun(new byte[64], times).returned());
    }

    private long produced() {
        return object.variable("produced").get();
    }

    @Test
    void samplesComeWithTheirCpuAndContents() throws Exception {
        List<String> seen = new ArrayList<>();
        try (PerfBuffer buffer = PerfBuffer.open(
                map,
                PerfBufferOptions.DEFAULTS,
                (cpu, data, offset, length) ->
                        seen.add(cpu + ": " + data.getLong(offset) + " on " + data.getInt(offset + 8)))) {
            List<String> expected = new ArrayList<>();
            assertThat(buffer.cpus()).containsExactlyElementsOf(OnlineCpus.read());
            for (int cpu : buffer.cpus()) {
                for (int i = 0; i < 3; i++) {
                    expected.add(cpu + ": " + expected.size() + " on " + cpu);
                }
                run(cpu, "emits", 3);
            }
            assertThat(buffer.poll(NOT_SOON)).isEqualTo(expected.size());
            assertThat(seen).containsExactlyElementsOf(expected);
            assertThat(buffer.lost()).isZero();
        }
    }

    @Test
    void samplesThatGoRoundTheEndAreWhole() throws Exception {
        byte[] pattern = new byte[512];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (byte) (i * 31 + (i >> 8));
        }
        object.variable("pattern").set(pattern);
        int records = 20 * MappedMemory.PAGE_SIZE / 16;
        AtomicInteger next = new AtomicInteger();
        try (PerfBuffer buffer = PerfBuffer.open(map, SMALL, (cpu, data, offset, padded) -> {
            int number = next.getAndIncrement();
            int length = 1 + ((number * 37) & 127);
            assertThat(padded).isBetween(length, length + 7);
            assertThat(data.slice(offset, length)).isEqualTo(ByteBuffer.wrap(pattern, number & 255, length));
        })) {
            while (next.get() < records) {
                run(0, "emits_lengths", 17);
                buffer.consume();
            }
            assertThat(buffer.lost()).isZero();
        }
    }

    @Test
    @SuppressWarnings("try") // closed early on purpose
    void whatWasProducedIsSeenOrLost() throws Exception {
        AtomicInteger lost = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        SampleHandler counting = new SampleHandler() {
            @Override
            public void sample(int cpu, ByteBuffer data, int offset, int length) {
                seen.incrementAndGet();
            }

            @Override
            public void lost(int cpu, long count) {
                assertThat(cpu).isZero();
                lost.addAndGet((int) count);
            }
        };
        try (PerfBuffer buffer = PerfBuffer.open(map, SMALL, counting)) {
            for (int round = 1; round <= 5; round++) {
                run(0, "emits", 100_000);
                buffer.consume();
                run(0, "emits", 1); // the kernel tells of the lost ones now
                buffer.consume();
                assertThat(produced()).isEqualTo(round * 100_001L);
                assertThat(seen.get() + buffer.lost()).isEqualTo(produced());
            }
            assertThat(buffer.lost())
                    .isGreaterThan(400_000)
                    .isEqualTo(lost.get())
                    .isEqualTo(buffer.lost(0));
            assertThat(buffer.lost(4000)).isZero();
            buffer.close();
            assertThat(buffer.lost()).isEqualTo(lost.get());
        }
    }

    @Test
    void aSampleEndsAWait() throws Exception {
        try (PerfBuffer buffer = PerfBuffer.open(map, SMALL, IGNORE)) {
            for (int cpu : buffer.cpus()) {
                for (int round = 0; round < 10; round++) {
                    Reader<Integer> reader =
                            Reader.start(() -> buffer.poll(NOT_SOON)).waits();
                    run(cpu, "emits", 1);
                    assertThat(reader.result()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void aWaitGoesOnUntilEnoughSamplesAreThere() throws Exception {
        for (PerfBufferOptions options : List.of(SMALL.withWakeupEvents(10), SMALL.withWakeupBytes(9 * 32 + 1))) {
            try (PerfBuffer buffer = PerfBuffer.open(map, options, IGNORE)) {
                long begin = System.nanoTime();
                run(0, "emits", 9);
                assertThat(buffer.poll(Duration.ZERO)).isEqualTo(9);
                run(0, "emits", 1);
                run(0, "emits", 8);
                buffer.consume();
                Reader<Integer> reader =
                        Reader.start(() -> buffer.poll(NOT_SOON)).waits();
                run(0, "emits", 20);
                assertThat(reader.result()).isPositive();
                assertThat(System.nanoTime() - begin).isPositive();
            }
        }
    }

    @Test
    void aCloseEndsTheWaitAndEmptiesTheSlots() throws Exception {
        PerfBuffer buffer = PerfBuffer.open(map, SMALL, IGNORE);
        Reader<Integer> reader = Reader.start(() -> buffer.poll(NOT_SOON)).waits();
        buffer.close();
        assertThat(reader.result()).isZero();
        buffer.close();
        assertThatThrownBy(buffer::consume)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the perf buffer of map 'samples' is closed");
        run(0, "emits", 4);
        assertThat(object.variable("refused").get()).isEqualTo(4);
        assertThat(produced()).isZero();
    }

    @Test
    void aViewThatIsKeptReadsZeroesAfterTheClose() throws Exception {
        List<ByteBuffer> kept = new ArrayList<>();
        PerfBuffer buffer = PerfBuffer.open(
                map,
                SMALL,
                (cpu, data, offset, length) ->
                        kept.add(data.slice(offset, length).order(ByteOrder.nativeOrder())));
        run(0, "emits", 3);
        buffer.consume();
        assertThat(kept.get(2).getLong(0)).isEqualTo(2);
        buffer.close();
        assertThat(kept.get(2).getLong(0)).isZero();
    }

    @Test
    void itWaitsTogetherWithRings() throws Exception {
        List<String> seen = new ArrayList<>();
        try (BpfObject rings = BpfObject.load(TestObjects.read("ring_events"));
                PerfBuffer buffer = PerfBuffer.open(map, SMALL, (cpu, data, offset, length) -> seen.add("sample"));
                RingBuffer ring = RingBuffer.open(rings.map("events"), (data, offset, length) -> seen.add("record"));
                EventGroup group = EventGroup.of(buffer, ring)) {
            for (int round = 0; round < 3; round++) {
                Reader<Integer> reader =
                        Reader.start(() -> group.poll(NOT_SOON)).waits();
                run(0, "emits", 1);
                assertThat(reader.result()).isEqualTo(1);
                reader = Reader.start(() -> group.poll(NOT_SOON)).waits();
                int unused = rings.program("emits").testRun(new byte[64], 1).returned();
                assertThat(reader.result()).isEqualTo(1);
            }
        }
        assertThat(seen).containsExactly("sample", "record", "sample", "record", "sample", "record");
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        var before = ProcessResources.now();
        for (int i = 0; i < 10; i++) {
            try (PerfBuffer buffer = PerfBuffer.open(map, SMALL, IGNORE)) {
                run(0, "emits", 1);
                assertThat(buffer.consume()).isEqualTo(1);
                assertThat(ProcessResources.beyond(before)).isNotEmpty();
            }
        }
        assertThat(ProcessResources.beyond(before)).isEmpty();
    }

    @Test
    void aMapThatDoesNotSuitIsRefused() throws Exception {
        var before = ProcessResources.now();
        try (BpfMap hash = BpfMap.create(MapSpec.of("jbpf_hash", MapType.HASH, 4, 4, 1))) {
            assertThatThrownBy(() -> PerfBuffer.open(hash, SMALL, IGNORE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is no BPF_MAP_TYPE_PERF_EVENT_ARRAY but BPF_MAP_TYPE_HASH");
        }
        assertThat(ProcessResources.beyond(before)).isEmpty();
    }
}
