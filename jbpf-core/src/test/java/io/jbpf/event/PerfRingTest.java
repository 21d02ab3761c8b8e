package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PerfRingTest {
    private static final int PAGE = 4096;
    private static final int SIZE = 128;

    private final ByteBuffer memory = PlainRing.memory(PAGE + SIZE);
    private final List<String> seen = new ArrayList<>();
    private final Gate gate = new Gate("the buffer");
    private final SampleHandler handler = new SampleHandler() {
        @Override
        public void sample(int cpu, ByteBuffer data, int offset, int length) {
            assertThat(data.isReadOnly()).isTrue();
            assertThat(data.order()).isEqualTo(ByteOrder.nativeOrder());
            StringBuilder text = new StringBuilder("cpu " + cpu + ":");
            for (int i = 0; i < length; i++) {
                text.append(' ').append(data.get(offset + i));
            }
            seen.add(text.toString());
        }

        @Override
        public void lost(int cpu, long count) {
            seen.add("cpu " + cpu + " lost " + count);
        }
    };
    private final PerfRing ring = new PerfRing(3, memory, PAGE, SIZE, handler);

    private void at(long position) {
        memory.putLong(PerfRing.DATA_HEAD, position).putLong(PerfRing.DATA_TAIL, position);
    }

    private void record(int type, ByteBuffer payload) {
        long head = memory.getLong(PerfRing.DATA_HEAD);
        ByteBuffer whole = ByteBuffer.allocate(8 + payload.capacity()).order(ByteOrder.nativeOrder());
        whole.putInt(type)
                .putShort((short) 0)
                .putShort((short) whole.capacity())
                .put(payload.clear());
        for (int i = 0; i < whole.capacity(); i++) {
            memory.put(PAGE + (int) ((head + i) % SIZE), whole.get(i));
        }
        memory.putLong(PerfRing.DATA_HEAD, head + whole.capacity());
    }

    /** A sample of 4 + 8n bytes, as the kernel pads them. */
    private void sample(int... data) {
        ByteBuffer payload = ByteBuffer.allocate(4 + data.length).order(ByteOrder.nativeOrder());
        payload.putInt(data.length);
        for (int value : data) {
            payload.put((byte) value);
        }
        record(PerfRing.PERF_RECORD_SAMPLE, payload);
    }

    private void lost(long count) {
        record(
                PerfRing.PERF_RECORD_LOST,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.nativeOrder())
                        .putLong(77)
                        .putLong(count));
    }

    private long tail() {
        return memory.getLong(PerfRing.DATA_TAIL);
    }

    @Test
    void samplesAndLossesComeInOrder() {
        sample(1, 2, 3, 4);
        lost(5);
        record(42, ByteBuffer.allocate(8));
        sample(6, 7, 8, 9);
        assertThat(ring.drain(gate)).isEqualTo(2);
        assertThat(seen).containsExactly("cpu 3: 1 2 3 4", "cpu 3 lost 5", "cpu 3: 6 7 8 9");
        assertThat(ring.lost()).isEqualTo(5);
        assertThat(tail()).isEqualTo(memory.getLong(PerfRing.DATA_HEAD));
        assertThat(ring.drain(gate)).isZero();
    }

    @Test
    void recordsThatGoRoundTheEndAreWhole() {
        for (int start = 0; start < SIZE; start += 8) {
            seen.clear();
            at((1L << 33) + start);
            sample(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
            lost(start);
            sample(21, 22, 23, 24);
            assertThat(ring.drain(gate)).isEqualTo(2);
            assertThat(seen)
                    .containsExactly(
                            "cpu 3: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
                            "cpu 3 lost " + start,
                            "cpu 3: 21 22 23 24");
        }
        assertThat(ring.lost()).isEqualTo(120 * 16 / 2);
    }

    @Test
    void anExceptionLeavesThePositionBehindItsSample() {
        PerfRing failing = new PerfRing(0, memory, PAGE, SIZE, (cpu, data, offset, length) -> {
            if (data.get(offset) == 1) {
                throw new ArithmeticException("one");
            }
        });
        sample(1, 0, 0, 0);
        sample(2, 0, 0, 0);
        assertThatThrownBy(() -> failing.drain(gate)).isInstanceOf(ArithmeticException.class);
        assertThat(tail()).isEqualTo(16);
        assertThat(failing.drain(gate)).isEqualTo(1);
        assertThat(tail()).isEqualTo(32);
    }

    @Test
    void aRecordWithAnImpossibleSizeIsNamed() {
        record(PerfRing.PERF_RECORD_SAMPLE, ByteBuffer.allocate(8));
        memory.putShort(PAGE + PerfRing.RECORD_SIZE, (short) 4);
        assertThatThrownBy(() -> ring.drain(gate))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("CPU 3")
                .hasMessageContaining("4 bytes where there are 16");
        assertThat(ring.drain(gate)).isZero();
    }

    @Test
    void aSampleThatIsLongerThanItsRecordIsCut() {
        sample(1, 2, 3, 4);
        memory.putInt(PAGE + PerfRing.HEADER_SIZE, 1000);
        assertThat(ring.drain(gate)).isEqualTo(1);
        assertThat(seen).containsExactly("cpu 3: 1 2 3 4");
    }
}
