package io.jbpf.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.ScriptedKernel;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What depends on CPUs that come and go, and on refusals: told to a scripted kernel, without root. */
class PerfBufferScriptTest {
    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final int ENODEV = 19;
    private static final int EMFILE = 24;

    private final ScriptedKernel kernel = new ScriptedKernel();
    private final Slots slots = new Slots();
    private Set<Integer> online = Set.of(0, 2);

    private static final class Slots implements PerfSlots {
        final TreeMap<Integer, String> filled = new TreeMap<>();
        boolean closed;

        @Override
        public int count() {
            return 4;
        }

        @Override
        public void put(int cpu, Fd event) {
            filled.put(cpu, event.toString());
        }

        @Override
        public void clear(int cpu) {
            filled.remove(cpu);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private PerfBuffer open() {
        return PerfBuffer.open(
                kernel.calls(),
                "the perf buffer of map 'x'",
                slots,
                () -> online,
                PerfBufferOptions.DEFAULTS,
                (cpu, data, offset, length) -> {});
    }

    @Test
    void onlyOnlineCpusGetAnEvent() {
        online = Set.of(0, 1, 3);
        kernel.on("perfEventOpen", 50).on("perfEventOpen", -ENODEV);
        try (PerfBuffer buffer = open()) {
            assertThat(buffer.cpus()).hasSize(2);
            assertThat(slots.filled.keySet()).hasSize(2).containsAll(buffer.cpus());
        }
        assertThat(slots.filled).isEmpty();
        assertThat(slots.closed).isTrue();
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void aCpuThatComesIsTakenInAndOneThatReturnsGetsANewEvent() {
        try (PerfBuffer buffer = open()) {
            String first = slots.filled.get(2);
            online = Set.of(0, 1);
            buffer.followHotPlug();
            assertThat(buffer.cpus()).containsExactly(0, 1, 2);
            assertThat(slots.filled.get(2)).isEqualTo(first);
            online = Set.of(0, 1, 2, 7);
            buffer.followHotPlug();
            assertThat(buffer.cpus()).as("there is no slot for 7").containsExactly(0, 1, 2);
            String second = slots.filled.get(2);
            assertThat(second).isNotEqualTo(first);
            buffer.followHotPlug();
            assertThat(slots.filled.get(2)).isEqualTo(second);
            assertThat(kernel.open()).as("epoll, eventfd and three events").hasSize(5);
        }
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void tooFewSlotsAreNamed() {
        online = Set.of(4);
        assertThatThrownBy(this::open)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("map 'x' has 4 slots, and CPU 4 is online");
        assertThat(slots.closed).isTrue();
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void aRefusedEventNamesTheWayOut() {
        kernel.on("perfEventOpen", 50).on("perfEventOpen", -EACCES);
        assertThatThrownBy(this::open).isInstanceOfSatisfying(SystemCallException.class, e -> {
            assertThat(e.call()).isEqualTo("perf_event_open");
            assertThat(e.errno()).isEqualTo(Errno.EACCES);
            assertThat(e.hint()).contains("CAP_PERFMON", "perf_event_paranoid");
        });
        assertThat(slots.filled).as("what was opened before is taken back").isEmpty();
        kernel.on("perfEventOpen", -EMFILE);
        assertThatThrownBy(this::open).hasMessageContaining("ulimit -n");
        assertThat(kernel.open()).isEmpty();
    }

    @Test
    void spentLockedMemoryIsNamed() {
        kernel.on("mmap", -EPERM);
        assertThatThrownBy(this::open).isInstanceOfSatisfying(SystemCallException.class, e -> {
            assertThat(e.call()).isEqualTo("mmap");
            assertThat(e.hint()).contains("perf_event_mlock_kb", "CAP_IPC_LOCK");
        });
        assertThat(kernel.open()).isEmpty();
    }
}
