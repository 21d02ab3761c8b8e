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
                    attach l4-firewall                                        | --interface
                    attach l4-firewall --interface lo --allow 70000           | '--allow': port 70000 is out of range (1 to 65535)
                    attach l4-firewall --interface lo --block 0               | '--block': port 0 is out of range (1 to 65535)
                    attach l4-firewall --interface lo --allow http            | 'http' is not a port
                    attach l4-firewall --interface lo --allow 90-80           | 90-80 runs backwards
                    attach l4-firewall --interface lo --default maybe         | neither 'allow' nor 'block'
                    attach l4-firewall --interface lo --netns /x --pid 1      | mutually exclusive
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
        assertThat(jbpf("attach", "l4-firewall", "--help").out())
                .contains("--interface", "--netns", "--pid", "--allow", "--block", "--default", "8000-8100", "ctrl-C");
    }
}
