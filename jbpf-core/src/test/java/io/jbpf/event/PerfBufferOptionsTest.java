package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.sys.MappedMemory;
import org.junit.jupiter.api.Test;

class PerfBufferOptionsTest {
    private final PerfBufferOptions defaults = PerfBufferOptions.DEFAULTS;

    @Test
    void roomIsAPowerOfTwoOfPages() {
        int page = MappedMemory.PAGE_SIZE;
        assertThat(defaults.withBytesPerCpu(1).bytesPerCpu()).isEqualTo(page);
        assertThat(defaults.withBytesPerCpu(page).bytesPerCpu()).isEqualTo(page);
        assertThat(defaults.withBytesPerCpu(2 * page + 1).bytesPerCpu()).isEqualTo(4 * page);
        assertThat(defaults.withBytesPerCpu(1 << 30).bytesPerCpu()).isEqualTo(1 << 30);
        assertThat(defaults.bytesPerCpu()).isEqualTo(1 << 18);
    }

    @Test
    void eventsOrBytesWake() {
        PerfBufferOptions bytes = defaults.withWakeupEvents(5).withWakeupBytes(100);
        assertThat(bytes.wakeupBytes()).isEqualTo(100);
        assertThat(bytes.wakeupEvents()).isZero();
        assertThat(bytes.withWakeupEvents(2).wakeupBytes()).isZero();
        assertThat(defaults.wakeupEvents()).isEqualTo(1);
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> defaults.withBytesPerCpu(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withBytesPerCpu((1 << 30) + 1)).hasMessageContaining("1073741824");
        assertThatThrownBy(() -> defaults.withWakeupEvents(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> defaults.withWakeupBytes(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
