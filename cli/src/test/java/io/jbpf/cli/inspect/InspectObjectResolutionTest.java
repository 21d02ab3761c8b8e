package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.cli.ChildJbpf;
import io.jbpf.cli.ExitStatus;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What objects refer to, looked for in kernels that tell all, little or nothing of themselves. */
@KernelTest
class InspectObjectResolutionTest {
    @TempDir
    private Path directory;

    private Path counter() throws IOException {
        Path file = directory.resolve("syscall_counter.bpf.o");
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("/io/jbpf/programs/syscall_counter.bpf.o"))) {
            Files.copy(in, file);
        }
        return file;
    }

    @Test
    void theKernelsValuesAreShownWithTheTypeThatHasThem() throws IOException {
        JsonNode relocations = new ObjectMapper()
                .readTree(jbpf("inspect", "object", "-o", "json", counter().toString())
                        .out())
                .get("core_relocations");

        assertThat(relocations)
                .isNotEmpty()
                .allSatisfy(asked -> assertThat(asked.get("outcome").asText()).isIn("resolved", "poisoned"));
        assertThat(relocations).anySatisfy(asked -> {
            assertThat(asked.get("subject").asText()).startsWith("struct task_struct.");
            assertThat(asked.get("target").asLong()).isPositive();
            assertThat(asked.get("target_type").asText()).matches("\\[\\d+] struct task_struct");
            assertThat(asked.get("found_in").asText()).isEqualTo("vmlinux");
            assertThat(asked.get("error").isNull()).isTrue();
        });
    }

    /** In a mount namespace of its own the machine's BTF can be put out of sight. */
    @Test
    @RequiresTool("unshare")
    void aKernelWithoutBtfLeavesTheQuestions() throws Exception {
        String file = counter().toString();
        List<String> withoutBtf =
                List.of("unshare", "-m", "sh", "-c", "mount -t tmpfs none /sys/kernel/btf && exec \"$@\"", "sh");
        try (ChildJbpf child = ChildJbpf.startUnder(withoutBtf, "inspect", "object", "-o", "json", file)) {
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            JsonNode relocations =
                    new ObjectMapper().readTree(String.join("", child.out())).get("core_relocations");
            assertThat(relocations).isNotEmpty().allSatisfy(asked -> {
                assertThat(asked.get("outcome").asText()).isEqualTo("no_kernel_btf");
                assertThat(asked.get("subject").asText()).isNotEmpty();
                assertThat(asked.get("target").isNull()).isTrue();
                assertThat(asked.get("error").asText()).contains("/sys/kernel/btf/vmlinux");
            });
        }
        try (ChildJbpf child = ChildJbpf.startUnder(withoutBtf, "inspect", "object", file)) {
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            assertThat(child.out()).anyMatch(line -> line.endsWith("no kernel BTF"));
        }
    }

    @Test
    @RequiresTool("setpriv")
    void withoutPrivilegesWhatIsHiddenIsSaidToBeHidden() throws Exception {
        Path file = Files.write(directory.resolve("externs.bpf.o"), TestObjects.bytes("externs"));
        List<String> stripped = List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all");
        try (ChildJbpf child = ChildJbpf.startUnder(stripped, "inspect", "object", file.toString())) {
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
            assertThat(child.err()).isEmpty();
            assertThat(child.out())
                    .anyMatch(line -> line.matches("bpf_rcu_read_lock +.*vmlinux \\[\\d+]"))
                    .anyMatch(line -> line.matches("_stext +.*(0x[0-9a-f]+|in /proc/kallsyms, address hidden)"))
                    .anyMatch(line -> line.matches("nobody_has_this_function +.*CAP_SYS_ADMIN.*"));
        }
    }
}
