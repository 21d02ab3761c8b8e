package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class KernelRingTest {
    private static final int SIZE = 128;

    private final PlainRing memory = new PlainRing(SIZE);
    private final List<byte[]> seen = new ArrayList<>();
    private final List<Long> publishedDuring = new ArrayList<>();
    private final Gate gate = new Gate("the ring");
    private final KernelRing ring = ring(data -> {
        publishedDuring.add(memory.consumed());
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        seen.add(bytes);
    });

    private KernelRing ring(Consumer<ByteBuffer> taker) {
        RecordHandler handler = RecordHandler.ofSlices(taker);
        return new KernelRing("the ring", memory.consumer, memory.ring, PlainRing.DATA, SIZE, handler);
    }

    @Test
    void recordsComeInOrderWithTheirBytes() {
        memory.record((byte) 1, (byte) 2, (byte) 3).record().record((byte) 4);
        assertThat(ring.drain(gate)).isEqualTo(3);
        assertThat(seen).containsExactly(new byte[] {1, 2, 3}, new byte[0], new byte[] {4});
        assertThat(memory.consumed()).isEqualTo(16 + 8 + 16);
        assertThat(ring.drain(gate)).isZero();
    }

    @Test
    void lengthsArePaddedToAMultipleOfEight() {
        for (int length = 0; length <= 17; length++) {
            memory.record(new byte[length]);
            ring.drain(gate);
            assertThat(memory.consumed()).as("after %d bytes", length).isEqualTo(memory.ring.getLong(0));
        }
        assertThat(seen).hasSize(18);
    }

    @Test
    void discardedRecordsArePassedOver() {
        memory.record((byte) 1);
        memory.discard(memory.reserve(20));
        memory.record((byte) 2);
        memory.discard(memory.reserve(3));
        assertThat(ring.drain(gate)).isEqualTo(2);
        assertThat(seen).containsExactly(new byte[] {1}, new byte[] {2});
        assertThat(memory.consumed()).isEqualTo(memory.ring.getLong(0));
    }

    @Test
    void aBusyRecordHoldsBackThoseBehindIt() {
        memory.record((byte) 1);
        long busy = memory.reserve(1);
        memory.write(busy, new byte[] {2});
        memory.record((byte) 3);
        assertThat(ring.drain(gate)).isEqualTo(1);
        assertThat(memory.consumed())
                .as("published before it, so that the kernel wakes us")
                .isEqualTo(busy);
        assertThat(ring.drain(gate)).isZero();
        memory.submit(busy);
        assertThat(ring.drain(gate)).isEqualTo(2);
        assertThat(seen).containsExactly(new byte[] {1}, new byte[] {2}, new byte[] {3});
    }

    @Test
    void aRecordThatIsBusyAndDiscardedIsBusy() {
        long busy = memory.reserve(4);
        memory.header(busy, 4 | KernelRing.BUSY | KernelRing.DISCARDED);
        assertThat(ring.drain(gate)).isZero();
        assertThat(memory.consumed()).isZero();
    }

    @Test
    void aRecordAcrossTheEndIsWhole() {
        for (int start = 0; start < SIZE; start += 8) {
            seen.clear();
            memory.at(5L * SIZE + start);
            byte[] data = new byte[40];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) (start + i);
            }
            memory.record(data);
            assertThat(ring.drain(gate)).isEqualTo(1);
            assertThat(seen).containsExactly(data);
        }
    }

    @Test
    void positionsBeyondFourGibibytesAreRead() {
        memory.at((1L << 33) + 120).record((byte) 7).record((byte) 8);
        assertThat(ring.drain(gate)).isEqualTo(2);
        assertThat(seen).containsExactly(new byte[] {7}, new byte[] {8});
        assertThat(memory.consumed()).isEqualTo((1L << 33) + 120 + 32);
    }

    @Test
    void thePositionIsPublishedPartByPartAndAtTheEnd() {
        for (int i = 0; i < 8; i++) {
            memory.record(new byte[0]);
        }
        assertThat(ring.drain(gate)).isEqualTo(8);
        assertThat(publishedDuring).containsExactly(0L, 0L, 16L, 16L, 32L, 32L, 48L, 48L);
        assertThat(memory.consumed()).isEqualTo(64);
    }

    @Test
    void aWriterThatKeepsUpDoesNotKeepTheReader() {
        KernelRing fed = ring(data -> {
            seen.add(new byte[data.remaining()]);
            memory.record(new byte[8]);
        });
        memory.record(new byte[8]);
        assertThat(fed.drain(gate)).isEqualTo(SIZE / 16);
        assertThat(memory.ring.getLong(0) - memory.consumed()).isEqualTo(16);
    }

    @Test
    void anExceptionLeavesThePositionBehindItsRecord() {
        KernelRing failing = ring(data -> {
            byte value = data.get();
            if (value == 2) {
                throw new ArithmeticException("two");
            }
            seen.add(new byte[] {value});
        });
        memory.record((byte) 1).record((byte) 2).record((byte) 3);
        assertThatThrownBy(() -> failing.drain(gate)).isInstanceOf(ArithmeticException.class);
        assertThat(memory.consumed()).isEqualTo(32);
        assertThat(failing.drain(gate)).isEqualTo(1);
        assertThat(seen).containsExactly(new byte[] {1}, new byte[] {3});
    }

    @Test
    void aCloseByTheHandlerEndsItAfterThatRecord() {
        gate.enter();
        KernelRing closing = ring(data -> gate.close());
        memory.record((byte) 1).record((byte) 2);
        assertThat(closing.drain(gate)).isEqualTo(1);
        assertThat(memory.consumed()).isEqualTo(16);
    }

    @Test
    void theHandlerCannotWriteAndSpoilsOnlyItsOwnBuffer() {
        RecordHandler rude = (data, offset, length) -> {
            assertThatThrownBy(() -> data.put(offset, (byte) 9)).isInstanceOf(ReadOnlyBufferException.class);
            seen.add(new byte[] {data.limit(offset + length).get(offset)});
            assertThat(data.limit(0).order(ByteOrder.BIG_ENDIAN).hasRemaining()).isFalse();
        };
        memory.record((byte) 1).record((byte) 2);
        KernelRing ring = new KernelRing("the ring", memory.consumer, memory.ring, PlainRing.DATA, SIZE, rude);
        assertThat(ring.drain(gate)).isEqualTo(2);
        assertThat(seen).containsExactly(new byte[] {1}, new byte[] {2});
    }

    @Test
    void theHandlerIsToldWhereTheRecordLies() {
        List<String> places = new ArrayList<>();
        RecordHandler handler = (data, offset, length) -> {
            assertThat(data.order()).isEqualTo(ByteOrder.nativeOrder());
            places.add(offset - PlainRing.DATA + "+" + length + ": " + data.get(offset));
        };
        memory.record((byte) 1).record((byte) 2, (byte) 3);
        assertThat(new KernelRing("", memory.consumer, memory.ring, PlainRing.DATA, SIZE, handler).drain(gate))
                .isEqualTo(2);
        assertThat(places).containsExactly("8+1: 1", "24+2: 2");
    }

    @Test
    void aRecordBehindTheEndIsNamed() {
        memory.record((byte) 1);
        memory.header(memory.reserve(1), 4000);
        assertThatThrownBy(() -> ring.drain(gate))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("the ring")
                .hasMessageContaining("somebody else reads it");
        assertThat(ring.drain(gate)).isZero();
    }
}
