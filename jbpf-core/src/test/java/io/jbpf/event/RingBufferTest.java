package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.sys.MappedMemory;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class RingBufferTest {
    private static final Duration NOT_SOON = Duration.ofMinutes(5);
    private static final RecordHandler IGNORE = (data, offset, length) -> {};

    private final int size = MappedMemory.PAGE_SIZE;
    private final BpfObject object =
            BpfObject.load(TestObjects.read("ring_events").withMap("events", map -> map.withMaxEntries(size)));

    @AfterEach
    void close() {
        object.close();
    }

    private static byte[] packet(int producer) {
        return ByteBuffer.allocate(64)
                .order(ByteOrder.nativeOrder())
                .putInt(producer)
                .array();
    }

    private void run(String program, int times) {
        int unused = object.program(program).testRun(packet(0), times).returned();
    }

    private RingBuffer open(RecordHandler handler) {
        return RingBuffer.open(object.map("events"), handler);
    }

    private RingBuffer openSlices(Consumer<ByteBuffer> taker) {
        return open(RecordHandler.ofSlices(taker));
    }

    private long dropped() {
        return object.variable("dropped").get();
    }

    @Test
    void eventsComeInOrderWithTheirContents() {
        List<List<Long>> seen = new ArrayList<>();
        try (RingBuffer ring =
                openSlices(data -> seen.add(List.of((long) data.getInt(), (long) data.getInt(), data.getLong())))) {
            run("emits", 10);
            int unused = object.program("emits").testRun(packet(5), 1).returned();
            assertThat(ring.pending()).isEqualTo(11 * 24);
            assertThat(ring.poll(NOT_SOON)).isEqualTo(11);
            assertThat(ring.pending()).isZero();
            assertThat(ring.consumerPosition()).isEqualTo(11 * 24).isEqualTo(ring.producerPosition());
            assertThat(ring.size()).isEqualTo(size);
        }
        assertThat(seen.subList(0, 10))
                .isEqualTo(LongStream.range(0, 10)
                        .mapToObj(number -> List.of(0L, (long) ~(int) number, number))
                        .toList());
        assertThat(seen.get(10)).isEqualTo(List.of(5L, -1L, 0L));
    }

    @Test
    @SuppressWarnings("try") // closed early on purpose
    void theMapMayBeClosedBefore() {
        AtomicInteger seen = new AtomicInteger();
        try (BpfMap map = object.map("events").duplicate();
                RingBuffer ring = RingBuffer.open(map, (data, offset, length) -> seen.incrementAndGet())) {
            map.close();
            run("emits", 3);
            assertThat(ring.poll(NOT_SOON)).isEqualTo(3);
        }
        assertThat(seen).hasValue(3);
    }

    @Test
    void discardedRecordsAreNotSeen() {
        List<Long> seen = new ArrayList<>();
        try (RingBuffer ring = openSlices(data -> seen.add(data.getLong()))) {
            run("discards_some", 12);
            assertThat(ring.consume()).isEqualTo(8);
            assertThat(ring.pending()).isZero();
        }
        assertThat(seen).containsExactly(0L, 2L, 3L, 5L, 6L, 8L, 9L, 11L);
    }

    @Test
    void recordsAcrossTheEndAreWhole() {
        byte[] pattern = new byte[512];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (byte) (i * 31 + (i >> 8));
        }
        object.variable("pattern").set(pattern);
        int records = 20 * size / 16;
        AtomicInteger next = new AtomicInteger();
        AtomicInteger acrossTheEnd = new AtomicInteger();
        try (RingBuffer ring = open((data, offset, length) -> {
            int number = next.getAndIncrement();
            assertThat(length).isEqualTo(1 + ((number * 37) & 127));
            assertThat(data.slice(offset, length)).isEqualTo(ByteBuffer.wrap(pattern, number & 255, length));
            int end = MappedMemory.PAGE_SIZE + size;
            if (offset < end && offset + length > end) {
                acrossTheEnd.incrementAndGet();
            }
        })) {
            while (next.get() < records) {
                run("emits_lengths", 7);
                ring.consume();
            }
            assertThat(ring.consumerPosition()).isGreaterThan(10L * size);
        }
        assertThat(acrossTheEnd).hasPositiveValue();
        assertThat(dropped()).isZero();
    }

    @Test
    void whatAFullRingHasNoRoomForTheProgramCounts() {
        int fit = (size - 1) / 24;
        try (RingBuffer ring = open(IGNORE)) {
            run("emits", fit + 5);
            assertThat(dropped()).isEqualTo(5);
            assertThat(ring.pending()).isEqualTo(fit * 24L);
            assertThat(ring.consume()).isEqualTo(fit);
            run("emits", 1);
            assertThat(dropped()).isEqualTo(5);
            assertThat(ring.consume()).isEqualTo(1);
        }
    }

    @Test
    void everyEventOfManyProducersIsSeenOnce() throws Exception {
        int producers = 4;
        int wanted = 260_000;
        long[] next = new long[producers];
        AtomicInteger wrong = new AtomicInteger();
        AtomicLongArray written = new AtomicLongArray(producers);
        long seen = 0;
        try (BpfObject wide = BpfObject.load(
                        TestObjects.read("ring_events").withMap("events", m -> m.withMaxEntries(1 << 18)));
                RingBuffer ring = RingBuffer.open(wide.map("events"), (data, offset, length) -> {
                    int producer = data.getInt(offset);
                    int check = data.getInt(offset + 4);
                    long number = data.getLong(offset + 8);
                    if (number != next[producer]++ || check != ~(int) number || length != 16) {
                        wrong.incrementAndGet();
                    }
                })) {
            List<Reader<Integer>> threads = new ArrayList<>();
            for (int i = 0; i < producers; i++) {
                int producer = i;
                threads.add(Reader.start(() -> {
                    var numbers = wide.map("written").typed(io.jbpf.map.Codec.u32(), io.jbpf.map.Codec.u64());
                    long before;
                    while ((before = numbers.lookup(producer).orElseThrow()) < wanted) {
                        int times = (int) Math.min(5_000, wanted - before);
                        int unused = wide.program("emits")
                                .testRun(packet(producer), times)
                                .returned();
                        written.set(producer, numbers.lookup(producer).orElseThrow());
                    }
                    return 0;
                }));
            }
            while (seen < (long) producers * wanted) {
                int events = ring.poll(Duration.ofSeconds(30));
                assertThat(events).as("events after %d", seen).isPositive();
                seen += events;
            }
            for (Reader<Integer> thread : threads) {
                thread.result();
            }
            assertThat(ring.consume()).isZero();
            assertThat(ring.pending()).isZero();
        }
        assertThat(seen).isEqualTo((long) producers * wanted);
        assertThat(wrong).hasValue(0);
        assertThat(next).containsOnly(wanted);
    }

    @Test
    void theDeadlineEndsAWait() {
        try (RingBuffer ring = open(IGNORE)) {
            long begin = System.nanoTime();
            assertThat(ring.poll(Duration.ofMillis(30))).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isBetween(Duration.ofMillis(30), Duration.ofSeconds(20));
            assertThat(ring.poll(Duration.ZERO)).isZero();
            assertThat(ring.poll(Duration.ofSeconds(-1))).isZero();
        }
    }

    @Test
    void anEventEndsAWait() throws Exception {
        try (RingBuffer ring = open(IGNORE)) {
            for (int round = 0; round < 20; round++) {
                Reader<Integer> reader = Reader.start(() -> ring.poll(NOT_SOON)).waits();
                run("emits", 1);
                assertThat(reader.result()).isEqualTo(1);
            }
            Reader<Integer> forEver = Reader.start(() -> ring.poll(Duration.ofSeconds(Long.MAX_VALUE)))
                    .waits();
            run("emits", 1);
            assertThat(forEver.result()).isEqualTo(1);
        }
    }

    @Test
    void quietEventsAreSeenWhenTheWaitEnds() throws Exception {
        try (RingBuffer ring = open(IGNORE)) {
            Reader<Integer> reader = Reader.start(() -> ring.poll(NOT_SOON)).waits();
            run("emits_quietly", 2);
            reader.waits();
            ring.wakeUp();
            assertThat(reader.result()).isEqualTo(2);
        }
    }

    @Test
    void aCallEndsTheWaitOrTheNextOne() throws Exception {
        try (RingBuffer ring = open(IGNORE)) {
            Reader<Integer> reader = Reader.start(() -> ring.poll(NOT_SOON)).waits();
            ring.wakeUp();
            assertThat(reader.result()).isZero();
            ring.wakeUp();
            assertThat(ring.poll(NOT_SOON)).isZero();
        }
    }

    @Test
    void aCloseEndsTheWait() throws Exception {
        for (int round = 0; round < 20; round++) {
            RingBuffer ring = open(IGNORE);
            Reader<Integer> reader = Reader.start(() -> ring.poll(NOT_SOON)).waits();
            ring.close();
            assertThat(reader.result()).isZero();
        }
    }

    @Test
    void aCloseDuringReadingIsHarmless() throws Exception {
        for (int round = 0; round < 50; round++) {
            RingBuffer ring = openSlices(data -> assertThat(data.remaining()).isEqualTo(16));
            Reader<Integer> reader = Reader.start(() -> {
                int events = 0;
                while (!ring.isClosed()) {
                    try {
                        events += ring.poll(NOT_SOON);
                    } catch (IllegalStateException closedMeanwhile) {
                        assertThat(ring.isClosed()).isTrue();
                    }
                }
                return events;
            });
            run("emits", 100 + 10 * round);
            ring.close();
            assertThat(reader.result()).isNotNegative();
            assertThat(ring.pending()).isZero();
            try (RingBuffer rest = open(IGNORE)) {
                rest.consume();
            }
        }
    }

    @Test
    void aClosedOneSaysSo() {
        RingBuffer ring = open(IGNORE);
        ring.close();
        ring.close();
        ring.wakeUp();
        assertThat(ring.isClosed()).isTrue();
        assertThat(ring).hasToString("the ring buffer of map 'events' (closed)");
        assertThatThrownBy(ring::consume)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the ring buffer of map 'events' is closed");
        assertThatThrownBy(() -> ring.poll(NOT_SOON)).isInstanceOf(IllegalStateException.class);
        assertThat(ring.pending()).isZero();
        assertThat(ring.size()).isEqualTo(size);
    }

    @Test
    void aViewThatIsKeptReadsZeroesAfterTheClose() {
        List<ByteBuffer> kept = new ArrayList<>();
        RingBuffer ring = openSlices(data -> kept.add(data.slice().order(ByteOrder.nativeOrder())));
        int unused = object.program("emits").testRun(packet(3), 1).returned();
        ring.consume();
        assertThat(kept.get(0).getInt(0)).isEqualTo(3);
        ring.close();
        assertThat(kept.get(0).getInt(0)).isZero();
    }

    @Test
    void aHandlerMayCloseItsRing() throws Exception {
        List<RingBuffer> self = new ArrayList<>();
        AtomicInteger seen = new AtomicInteger();
        RingBuffer ring = openSlices(data -> {
            seen.incrementAndGet();
            self.get(0).close();
            assertThat(data.getLong(data.position() + 8)).isZero();
        });
        self.add(ring);
        run("emits", 5);
        assertThat(ring.consume()).isEqualTo(1);
        assertThat(ring.isClosed()).isTrue();
        List<Long> rest = new ArrayList<>();
        try (RingBuffer again = openSlices(data -> rest.add(data.getLong(data.position() + 8)))) {
            again.consume();
        }
        assertThat(rest).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aHandlerCannotReadItsRing() {
        List<RingBuffer> self = new ArrayList<>();
        try (RingBuffer ring = openSlices(data -> self.get(0).consume())) {
            self.add(ring);
            run("emits", 2);
            assertThatThrownBy(ring::consume)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one reader at a time");
            assertThat(ring.pending()).as("one is read").isEqualTo(24);
        }
    }

    @Test
    @SuppressWarnings("try") // closed early on purpose
    void severalRingsAreWaitedForTogether() throws Exception {
        List<String> seen = new ArrayList<>();
        try (RingBuffer first = openSlices(data -> seen.add("first"));
                RingBuffer second =
                        RingBuffer.open(object.map("others"), (data, offset, length) -> seen.add("second"));
                EventGroup group = EventGroup.of(first, second)) {
            for (String program : List.of("emits", "emits_to_others", "emits")) {
                Reader<Integer> reader =
                        Reader.start(() -> group.poll(NOT_SOON)).waits();
                run(program, 2);
                int events = reader.result();
                assertThat(events + group.consume()).isEqualTo(2);
            }
            assertThat(seen).containsExactly("first", "first", "second", "second", "first", "first");
            Reader<Integer> woken = Reader.start(() -> group.poll(NOT_SOON)).waits();
            group.wakeUp();
            assertThat(woken.result()).isZero();

            second.close();
            Reader<Integer> reader = Reader.start(() -> group.poll(NOT_SOON)).waits();
            run("emits_to_others", 1);
            run("emits", 1);
            assertThat(reader.result()).isEqualTo(1);
            Reader<Integer> last = Reader.start(() -> group.poll(NOT_SOON)).waits();
            group.close();
            assertThat(last.result()).isZero();
            assertThat(first.isClosed()).isFalse();
            assertThatThrownBy(group::consume).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        var before = ProcessResources.now();
        for (int i = 0; i < 10; i++) {
            try (RingBuffer ring = open(IGNORE);
                    EventGroup group = EventGroup.of(ring)) {
                assertThat(ProcessResources.beyond(before)).isNotEmpty();
                group.consume();
            }
        }
        assertThat(ProcessResources.beyond(before)).isEmpty();
    }

    @Test
    void aForgottenOneIsGivenBack() throws Exception {
        var before = ProcessResources.now();
        assertThat(open(IGNORE).consume()).isZero();
        Waits.until(() -> {
            System.gc();
            return ProcessResources.beyond(before).isEmpty();
        });
    }

    @Test
    void anotherKindOfMapIsRefused() {
        var before = object.map("written");
        assertThatThrownBy(() -> RingBuffer.open(before, IGNORE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("map 'written' is no BPF_MAP_TYPE_RINGBUF but BPF_MAP_TYPE_ARRAY");
    }

    @Test
    void aRingThatProgramsOverwriteIsRefused(TestReporter reporter) {
        MapSpec spec = MapSpec.of("jbpf_over", MapType.RINGBUF, 0, 0, size).withFlags(1 << 19);
        BpfMap map;
        try {
            map = BpfMap.create(spec);
        } catch (SystemCallException e) {
            KernelSupport.lacks(reporter, "ring buffers that are overwritten (Linux 6.19): " + e.errno());
            assertThat(e).hasMessageContaining("0x80000");
            return;
        }
        try (map) {
            assertThatThrownBy(() -> RingBuffer.open(map, IGNORE))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("BPF_F_RB_OVERWRITE");
        }
    }

    @Test
    void aMapOfTheCallersHasARing() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_ring", MapType.RINGBUF, 0, 0, 4 * size));
                RingBuffer ring = RingBuffer.open(map, IGNORE)) {
            assertThat(ring.size()).isEqualTo(4 * size);
            assertThat(ring.consume()).isZero();
        }
    }
}
