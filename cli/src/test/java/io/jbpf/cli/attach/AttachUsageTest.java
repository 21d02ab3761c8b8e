package io.jbpf.cli.attach;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong command lines: nothing is tried, so this needs no kernel. */
class AttachUsageTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    attach                                                    | what to attach is missing
                    attach syscall-counter                                    | (--pid=N
                    attach syscall-counter --pid 1 --cgroup /x                | mutually exclusive
                    attach syscall-counter --pid one                          | 'one'
                    attach syscall-counter --pid 1 --syscalls raed            | did you mean read
                    attach syscall-counter --pid 1 --syscalls read,           | unknown system call ''
                    attach syscall-counter --pid 1 --interval 5               | '5' is not a duration such as 500ms, 10s or 1m30s
                    attach syscall-counter --pid 1 --interval 0s              | '0s' is not between 10ms and 24h
                    attach syscall-counter --pid 1 --count 0                  | 0 is less than 1
                    """)
    void isAnsweredWithWhatIsWrong(String commandLine, String complaint) {
        InProcess run = jbpf(commandLine.strip().split(" ", -1));

        assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("jbpf: ").contains(complaint).doesNotContain("Exception", "\tat ");
    }

    @Test
    void everyOptionIsExplained() {
        assertThat(jbpf("attach", "syscall-counter", "--help").out())
                .contains("--pid", "--cgroup", "--syscalls", "--interval", "--count", "--output", "Exit status:");
    }
}
