package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.event.UserRingBuffer.Reservation;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.sys.MappedMemory;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
class UserRingBufferTest {
    private static final Duration NOT_SOON = Duration.ofMinutes(5);
    private static final int REQUEST = 16;

    private final int size = MappedMemory.PAGE_SIZE;
    private final TestReporter reporter;

    UserRingBufferTest(TestReporter reporter) {
        this.reporter = reporter;
    }

    private interface Work {
        void on(BpfObject object, UserRingBuffer ring) throws Exception;
    }

    /** Works on an open ring; or finds that it is refused, where the kernel has none. */
    private void with(Work work) throws Exception {
        var support = KernelProbes.mapType(MapType.USER_RINGBUF);
        if (KernelSupport.isMissing(support, "user ring buffers (Linux 6.1)", reporter)) {
            assertThatThrownBy(() -> BpfObject.load(TestObjects.read("user_ring")))
                    .hasMessageContaining("BPF_MAP_TYPE_USER_RINGBUF");
            return;
        }
        try (BpfObject object = BpfObject.load(
                        TestObjects.read("user_ring").withMap("requests", map -> map.withMaxEntries(size)));
                UserRingBuffer ring = UserRingBuffer.open(object.map("requests"))) {
            work.on(object, ring);
        }
    }

    private static int drain(BpfObject object) {
        return object.program("drains").testRun(new byte[64], 1).returned();
    }

    private static void request(Reservation record, long number) {
        record.data().putLong(number).putLong(~number);
        record.submit();
    }

    private static void answers(BpfObject object, Consumer<Long> numbers) {
        try (RingBuffer ring = RingBuffer.open(object.map("answers"), (data, offset, length) -> {
            long number = data.getLong(offset);
            assertThat(data.getLong(offset + 8)).isEqualTo(~number);
            numbers.accept(number);
        })) {
            ring.consume();
        }
    }

    private static List<Long> answers(BpfObject object) {
        List<Long> numbers = new ArrayList<>();
        answers(object, numbers::add);
        return numbers;
    }

    @Test
    void theProgramReadsWhatWasWritten() throws Exception {
        with((object, ring) -> {
            for (int i = 0; i < 10; i++) {
                request(ring.tryReserve(REQUEST).orElseThrow(), i);
            }
            assertThat(ring.pending()).isEqualTo(240);
            assertThat(drain(object)).isEqualTo(10);
            assertThat(ring.pending()).isZero();
            assertThat(answers(object))
                    .containsExactlyElementsOf(LongStream.range(0, 10).boxed().toList());
        });
    }

    @Test
    void recordsAcrossTheEndAreWhole() throws Exception {
        with((object, ring) -> {
            long next = 0;
            long seen = 0;
            while (next < 10L * size / 24) {
                for (int i = 0; i < 7; i++) {
                    request(ring.tryReserve(REQUEST).orElseThrow(), next++);
                }
                assertThat(drain(object)).isEqualTo(7);
                for (long number : answers(object)) {
                    assertThat(number).isEqualTo(seen++);
                }
            }
            assertThat(seen).isEqualTo(next);
        });
    }

    @Test
    void discardedRecordsArePassedOverAndOpenOnesHoldBack() throws Exception {
        with((object, ring) -> {
            ring.tryReserve(REQUEST).orElseThrow().discard();
            try (Reservation forgotten = ring.tryReserve(REQUEST).orElseThrow()) {
                assertThat(forgotten.data().remaining()).isEqualTo(REQUEST);
            }
            Reservation open = ring.tryReserve(REQUEST).orElseThrow();
            request(ring.tryReserve(REQUEST).orElseThrow(), 2);
            assertThat(drain(object)).isZero();
            assertThat(answers(object)).isEmpty();
            request(open, 1);
            assertThat(drain(object)).isEqualTo(2);
            assertThat(answers(object)).containsExactly(1L, 2L);
        });
    }

    @Test
    void aRecordIsFinishedOnce() throws Exception {
        with((object, ring) -> {
            Reservation record = ring.tryReserve(REQUEST).orElseThrow();
            record.submit();
            assertThatThrownBy(record::submit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("map 'requests'")
                    .hasMessageContaining("already");
            assertThatThrownBy(record::discard).isInstanceOf(IllegalStateException.class);
            record.close();
            assertThat(drain(object)).isEqualTo(1);
        });
    }

    @Test
    void aFullRingHasRoomAgainOnceItIsDrained() throws Exception {
        with((object, ring) -> {
            long fit = size / 24;
            for (long i = 0; i < fit; i++) {
                request(ring.tryReserve(REQUEST).orElseThrow(), i);
            }
            assertThat(ring.tryReserve(REQUEST)).isEmpty();
            long begin = System.nanoTime();
            assertThat(ring.reserve(REQUEST, Duration.ofMillis(20))).isEmpty();
            assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(20_000_000);
            assertThat(ring.reserve(REQUEST, Duration.ZERO)).isEmpty();

            Reader<Optional<Reservation>> waiting =
                    Reader.start(() -> ring.reserve(REQUEST, NOT_SOON)).waits();
            assertThat(drain(object)).isEqualTo((int) fit);
            request(waiting.result().orElseThrow(), fit);
            assertThat(drain(object)).isEqualTo(1);
            assertThat(answers(object)).hasSize((int) fit + 1);
        });
    }

    @Test
    void aLargeRecordWaitsUntilEnoughIsDrained() throws Exception {
        with((object, ring) -> {
            for (int i = 0; i < size / 24; i++) {
                request(ring.tryReserve(REQUEST).orElseThrow(), i);
            }
            object.variable("at_most").set(1);
            Reader<Optional<Reservation>> waiting =
                    Reader.start(() -> ring.reserve(10 * 24 - 8, NOT_SOON)).waits();
            for (int i = 0; i < 9; i++) {
                assertThat(drain(object)).isEqualTo(1);
                waiting.waits();
            }
            assertThat(drain(object)).isEqualTo(1);
            assertThat(waiting.result()).isPresent();
        });
    }

    @Test
    void manyThreadsWrite() throws Exception {
        with((object, ring) -> {
            int threads = 3;
            int each = 5_000;
            List<Reader<Integer>> writers = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                long base = (long) t * each;
                writers.add(Reader.start(() -> {
                    for (int i = 0; i < each; i++) {
                        request(ring.reserve(REQUEST, NOT_SOON).orElseThrow(), base + i);
                    }
                    return 0;
                }));
            }
            long[] next = {0, each, 2L * each};
            int seen = 0;
            while (seen < threads * each) {
                int drained = drain(object);
                assertThat(drained).isNotNegative();
                seen += drained;
                answers(object, number -> {
                    int thread = (int) (number / each);
                    assertThat(number).isEqualTo(next[thread]++);
                });
            }
            for (Reader<Integer> writer : writers) {
                writer.result();
            }
            assertThat(next).containsExactly(each, 2L * each, 3L * each);
        });
    }

    @Test
    void aCloseEndsEveryWait() throws Exception {
        with((object, ring) -> {
            while (true) {
                Optional<Reservation> record = ring.tryReserve(REQUEST);
                if (record.isEmpty()) {
                    break;
                }
                request(record.get(), 1);
            }
            Reader<Optional<Reservation>> first =
                    Reader.start(() -> ring.reserve(REQUEST, NOT_SOON)).waits();
            Reader<Optional<Reservation>> second = Reader.start(() -> ring.reserve(REQUEST, NOT_SOON));
            ring.close();
            for (Reader<Optional<Reservation>> waiting : List.of(first, second)) {
                assertThatThrownBy(waiting::result)
                        .hasCauseInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("map 'requests' is closed");
            }
        });
    }

    @Test
    void aClosedOneSaysSoAndItsRecordsAreNobodys() throws Exception {
        with((object, ring) -> {
            Reservation open = ring.tryReserve(REQUEST).orElseThrow();
            ring.close();
            ring.close();
            assertThat(ring.isClosed()).isTrue();
            assertThat(ring).hasToString("the user ring buffer of map 'requests' (closed)");
            open.data().putLong(7);
            assertThatThrownBy(open::submit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the user ring buffer of map 'requests' is closed");
            open.close();
            assertThatThrownBy(() -> ring.tryReserve(REQUEST)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> ring.reserve(REQUEST, NOT_SOON)).isInstanceOf(IllegalStateException.class);
            assertThat(ring.pending()).isZero();
        });
    }

    @Test
    void aRecordThatCannotFitIsRefused() throws Exception {
        with((object, ring) -> {
            assertThat(ring.size()).isEqualTo(size);
            assertThatThrownBy(() -> ring.tryReserve(size - 7))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("does not fit into map 'requests'");
            assertThatThrownBy(() -> ring.reserve(Integer.MAX_VALUE, NOT_SOON))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ring.tryReserve(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThat(ring.tryReserve(size - 8)).isPresent();
        });
    }

    @Test
    void nothingIsLeftBehind() throws Exception {
        with((object, ring) -> {
            var before = ProcessResources.now();
            try (UserRingBuffer again = UserRingBuffer.open(object.map("requests"))) {
                again.tryReserve(REQUEST).orElseThrow().discard();
                assertThat(ProcessResources.beyond(before)).isNotEmpty();
            }
            assertThat(ProcessResources.beyond(before)).isEmpty();
        });
    }

    @Test
    void anInterruptDoesNotEndTheWaitAndIsKept() throws Exception {
        with((object, ring) -> {
            assertThat(ring.tryReserve(size - 8)).isPresent();
            Reader<Optional<Reservation>> first =
                    Reader.start(() -> ring.reserve(REQUEST, NOT_SOON)).waits();
            AtomicBoolean kept = new AtomicBoolean();
            Reader<Integer> second = Reader.start(() -> {
                Thread.currentThread().interrupt();
                assertThat(ring.reserve(REQUEST, Duration.ofMillis(20))).isEmpty();
                kept.set(Thread.interrupted());
                return 0;
            });
            second.result();
            assertThat(kept).isTrue();
            ring.close();
            assertThatThrownBy(first::result).hasCauseInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    void anotherKindOfMapIsRefused() {
        try (BpfMap map = BpfMap.create(MapSpec.of("jbpf_array", MapType.ARRAY, 4, 4, 1))) {
            assertThatThrownBy(() -> UserRingBuffer.open(map))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is no BPF_MAP_TYPE_USER_RINGBUF but BPF_MAP_TYPE_ARRAY");
        }
    }
}
