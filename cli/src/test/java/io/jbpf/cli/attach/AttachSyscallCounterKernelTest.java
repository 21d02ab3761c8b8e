package io.jbpf.cli.attach;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.cli.ChildJbpf;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
class AttachSyscallCounterKernelTest {
    private EchoProcess watched;

    @BeforeEach
    void startTheWatchedProcess() throws IOException {
        watched = EchoProcess.start();
    }

    @AfterEach
    void endIt() throws IOException {
        watched.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15})
    void countsExactlyUntilASignalComesAndLeavesNothing(int signal) throws Exception {
        try (ChildJbpf child = attach("--pid", Long.toString(watched.pid()), "--syscalls", "write", "-o", "json")) {
            watched.echo(50);
            ChildJbpf.Held held = child.holds();
            assertThat(held.programs()).isNotEmpty();
            assertThat(held.links()).isNotEmpty();

            child.signal(signal);

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            JsonNode last = last(child.out());
            assertThat(last.get("target").asText()).isEqualTo("process " + watched.pid());
            assertThat(last.get("count").asLong()).isEqualTo(50);
            assertThat(last.get("syscalls").findValuesAsText("name")).containsExactly("write");
            assertThat(last.get("processes").findValuesAsText("pid")).containsExactly(Long.toString(watched.pid()));
            Waits.until(() -> held.stillThere().isEmpty());
        }
    }

    @Test
    void deltasAddUpToTheCount() throws Exception {
        try (ChildJbpf child = attach(
                "--pid", Long.toString(watched.pid()), "--syscalls", "write", "-o", "json", "--interval", "20ms")) {
            watched.echo(10);
            child.awaitOutput("\"count\":10,");
            watched.echo(5);
            child.awaitOutput("\"count\":15,");
            child.signal(15);
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);

            long sum = 0;
            for (String line : child.out()) {
                sum += new ObjectMapper().readTree(line).get("delta").asLong();
            }
            assertThat(sum).isEqualTo(15);
        }
    }

    @Test
    void whatShortLivedChildrenDidIsShownToTheLastCall() throws Exception {
        try (EchoProcess parent = EchoProcess.start("sh", "-c", "while read line; do /bin/true; echo $line; done");
                ChildJbpf child = attach("--pid", Long.toString(parent.pid()), "-o", "json", "--interval", "20ms")) {
            parent.echo(10);
            // Who has ended is shown once, and not again in the last line.
            child.awaitOutput("\"ended\":true");
            parent.echo(20);
            parent.end();
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);

            Map<Integer, Long> counts = new HashMap<>();
            Set<Integer> ended = new HashSet<>();
            for (String line : child.out()) {
                for (JsonNode process : new ObjectMapper().readTree(line).get("processes")) {
                    int pid = process.get("pid").asInt();
                    counts.merge(pid, process.get("delta").asLong(), Long::sum);
                    if (process.get("ended").asBoolean()) {
                        ended.add(pid);
                    }
                }
            }
            assertThat(ended).hasSize(31).isEqualTo(counts.keySet());
            assertThat(counts.values().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(last(child.out()).get("count").asLong());
            assertThat(last(child.out()).get("processes")).hasSizeLessThan(31);
        }
    }

    @Test
    void endsWithTheProcess() throws Exception {
        try (ChildJbpf child = attach("--pid", Long.toString(watched.pid()), "-o", "json", "--interval", "20ms")) {
            watched.end();

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            assertThat(last(child.out()).get("over").asBoolean()).isTrue();
        }
    }

    @Test
    void countsACgroupForSoManyIntervals() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                ChildJbpf child = attach("--cgroup", cgroup.path().toString(), "--interval", "1s", "--count", "2")) {
            cgroup.add(watched.pid());
            watched.echo(20);

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            assertThat(child.out().stream().filter(line -> line.startsWith("SYSCALL")))
                    .hasSize(2);
            assertThat(child.out()).anyMatch(line -> line.matches("write +20 +\\S+"));
        }
    }

    @Test
    void endsWhenNobodyReadsAnyMore() throws Exception {
        try (ChildJbpf child = attach("--pid", Long.toString(watched.pid()), "-o", "json", "--interval", "20ms")) {
            child.awaitOutput("{");
            ChildJbpf.Held held = child.holds();

            child.closeOutput();

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            Waits.until(() -> held.stillThere().isEmpty());
        }
    }

    @Test
    void aProcessThatIsGoneIsNamed() throws IOException {
        long pid = watched.pid();
        watched.end();

        InProcess run = jbpf("attach", "syscall-counter", "--pid", Long.toString(pid));

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.err()).matches("jbpf: .*there is no process " + pid + "\\R");
    }

    @Test
    void whatIsNoCgroupIsNamed() {
        for (Path path : List.of(Path.of("/nowhere"), Path.of("/tmp"))) {
            InProcess run = jbpf("attach", "syscall-counter", "--cgroup", path.toString());

            assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(run.err()).startsWith("jbpf: ").contains(path.toString()).hasLineCount(1);
        }
    }

    private static ChildJbpf attach(String... options) {
        String[] arguments = new String[options.length + 2];
        arguments[0] = "attach";
        arguments[1] = "syscall-counter";
        System.arraycopy(options, 0, arguments, 2, options.length);
        ChildJbpf child = ChildJbpf.start(arguments);
        try {
            child.awaitNote("ctrl-C ends");
            return child;
        } catch (AssertionError e) {
            child.close();
            throw e;
        }
    }

    private static JsonNode last(List<String> lines) throws IOException {
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }
}
