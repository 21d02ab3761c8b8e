package io.jbpf.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.testkit.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class MountedTest {
    @Test
    void theDefaultBpffsIsMounted() {
        assertThat(BpfFs.mounted().directory()).isEqualTo(BpfFs.DEFAULT_ROOT);
    }

    @Test
    void anOrdinaryDirectoryIsRefused(@TempDir Path directory) {
        assertThatThrownBy(() -> BpfFs.at(directory))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining(directory + " is not in a bpffs");
    }

    @Test
    void aTracepointHasANumber() {
        assertThat(TraceFs.mounted().tracepointId("raw_syscalls", "sys_enter")).isPositive();
    }

    @Test
    void aTracepointThatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> TraceFs.mounted().tracepointId("raw_syscalls", "no_such"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("there is no tracepoint raw_syscalls/no_such");
    }

    @Test
    void aPinNameCannotLeaveItsDirectory() {
        assertThatThrownBy(() -> BpfFs.mounted().pin("../x")).isInstanceOf(IllegalArgumentException.class);
    }
}
