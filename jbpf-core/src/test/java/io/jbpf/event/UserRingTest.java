package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UserRingTest {
    private static final int SIZE = 64;

    private final PlainRing memory = new PlainRing(SIZE);
    private final UserRing ring = new UserRing(memory.consumer, memory.ring, PlainRing.DATA, SIZE);

    @Test
    void aRecordIsBusyUntilItIsSubmitted() {
        int at = ring.reserve(5);
        assertThat(memory.header(0)).isEqualTo(5 | KernelRing.BUSY);
        assertThat(memory.ring.getLong(0)).isEqualTo(16);
        assertThat(ring.pending()).isEqualTo(16);
        ring.data(at, 5).put(4, (byte) 9);
        ring.submit(at, 5, false);
        assertThat(memory.header(0)).isEqualTo(5);
        assertThat(memory.ring.get(PlainRing.DATA + 12)).isEqualTo((byte) 9);
    }

    @Test
    void aDiscardedRecordSaysSo() {
        ring.submit(ring.reserve(8), 8, true);
        assertThat(memory.header(0)).isEqualTo(8 | KernelRing.DISCARDED);
    }

    @Test
    void theRingCanBeFullToTheLastByte() {
        assertThat(ring.reserve(56)).isEqualTo(PlainRing.DATA);
        assertThat(ring.reserve(0)).isEqualTo(-1);
        memory.consumer.putLong(0, 64);
        assertThat(ring.reserve(49)).isEqualTo(PlainRing.DATA);
    }

    @Test
    void roomIsWhatTheProgramHasRead() {
        ring.reserve(24);
        ring.reserve(16);
        assertThat(ring.reserve(8)).isEqualTo(-1);
        memory.consumer.putLong(0, 32);
        assertThat(ring.reserve(24)).as("from byte 56, across the end").isEqualTo(PlainRing.DATA + 56);
        assertThat(ring.reserve(1)).isEqualTo(-1);
        assertThat(ring.pending()).isEqualTo(56);
    }
}
