package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class SyscallFilterTest {
    private final Syscalls x86 = Syscalls.of(Architecture.X86_64);
    private final Syscalls arm = Syscalls.of(Architecture.AARCH64);

    @Test
    void countsOnlyWhatItNames() {
        SyscallFilter filter = SyscallFilter.of(x86, List.of("read", "openat"));
        assertThat(filter.counts(0)).isTrue();
        assertThat(filter.counts(257)).isTrue();
        assertThat(filter.counts(1)).isFalse();
        assertThat(filter.countsAll()).isFalse();
        assertThat(filter).hasToString("read,openat");
        assertThat(filter.words()).containsExactly(1, 0, 0, 0, 1L << (257 - 256), 0, 0, 0);
    }

    @Test
    void anEmptyListMeansAll() {
        assertThat(SyscallFilter.of(x86, List.of())).isEqualTo(SyscallFilter.all());
        assertThat(SyscallFilter.all().words()).containsOnly(-1L);
        assertThat(SyscallFilter.all()).hasToString("all system calls");
    }

    @Test
    void aReplacedCallIsNoted() {
        SyscallFilter filter = SyscallFilter.of(arm, List.of("read", "open"));
        assertThat(filter.counts(56)).isTrue();
        assertThat(filter.notes())
                .containsExactly("'open' does not exist on this architecture: counted as 'openat', which replaced it");
        assertThat(SyscallFilter.of(x86, List.of("read", "open")).notes()).isEmpty();
    }

    @Test
    void everyUnknownNameIsNamed() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> SyscallFilter.of(x86, List.of("read", "raed", "xyzzy123456")))
                .withMessageContaining("'raed'; did you mean read")
                .withMessageContaining("'xyzzy123456'");
    }

    @Test
    void aUnionCountsWhatEitherCounts() {
        SyscallFilter read = SyscallFilter.of(x86, List.of("read"));
        SyscallFilter write = SyscallFilter.of(x86, List.of("write", "read"));
        assertThat(read.union(write)).hasToString("read,write").isEqualTo(write);
        assertThat(read.union(SyscallFilter.all())).isEqualTo(SyscallFilter.all());
    }
}
