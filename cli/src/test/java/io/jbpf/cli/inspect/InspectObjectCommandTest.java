package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectObjectCommandTest {
    @TempDir
    private Path directory;

    private Path firewall;
    private Path broken;

    @BeforeEach
    void makeFiles() throws IOException {
        firewall = directory.resolve("l4_firewall.bpf.o");
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("/io/jbpf/programs/l4_firewall.bpf.o"))) {
            Files.copy(in, firewall);
        }
        byte[] whole = Files.readAllBytes(firewall);
        broken = Files.write(directory.resolve("broken.o"), java.util.Arrays.copyOf(whole, whole.length / 2));
    }

    @Test
    void showsSectionsProgramsMapsAndGlobals() {
        InProcess run = jbpf("inspect", "object", firewall.toString());

        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains(firewall + ", licence GPL")
                .containsPattern("(?m)^tcx/ingress +\\d+$")
                .containsPattern("(?m)^l4_ingress +tcx/ingress +sched_cls +tcx_ingress +\\d+$")
                .containsPattern("(?m)^flows +lru_hash +40 +8 +4096 +0x0$")
                .containsPattern("(?m)^link_header_bytes +\\.rodata +0 +4$");
    }

    @Test
    void jsonHasTheSameUnderFixedNames() throws IOException {
        InProcess run = jbpf("inspect", "object", "-o", "json", firewall.toString());

        assertThat(run.lines()).hasSize(1);
        JsonNode object = new ObjectMapper().readTree(run.out());
        assertThat(object.get("file").asText()).isEqualTo(firewall.toString());
        assertThat(object.get("error").isNull()).isTrue();
        assertThat(object.get("licence").asText()).isEqualTo("GPL");
        JsonNode program = object.get("programs").get(0);
        assertThat(program.get("name").asText()).isEqualTo("l4_ingress");
        assertThat(program.get("type").asText()).isEqualTo("sched_cls");
        assertThat(program.get("attach_type").asText()).isEqualTo("tcx_ingress");
        assertThat(program.get("instructions").asInt()).isPositive();
        assertThat(object.get("maps").findValuesAsText("name")).contains("flows", ".rodata");
        assertThat(object.get("maps").get(0).get("bytes_key").asInt()).isEqualTo(4);
        assertThat(object.get("globals").findValuesAsText("name")).contains("link_header_bytes");
        assertThat(object.get("sections").findValuesAsText("name")).contains("license", ".BTF");
    }

    @Test
    void aBrokenFileDoesNotStopTheNextButTheStatusTells() throws IOException {
        InProcess run = jbpf("inspect", "object", "-o", "json", broken.toString(), firewall.toString());

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        List<String> lines = run.lines();
        assertThat(lines).hasSize(2);
        JsonNode failed = new ObjectMapper().readTree(lines.get(0));
        assertThat(failed.get("error").asText()).contains(broken.toString(), "offset");
        assertThat(failed.get("programs")).isEmpty();
        assertThat(new ObjectMapper().readTree(lines.get(1)).get("programs")).hasSize(2);
        assertThat(run.err()).isEqualTo("jbpf: " + failed.get("error").asText() + "\n");
    }

    @Test
    void whatIsNoObjectFileIsNamedInOneSentence() {
        InProcess run = jbpf("inspect", "object", "/nowhere/x.o", directory.toString(), "/dev/zero", "/dev/null");

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .hasSize(4)
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("jbpf: there is no file '/nowhere/x.o'"),
                        line -> assertThat(line).contains(directory.toString(), "Is a directory"),
                        line -> assertThat(line).contains("/dev/zero", "64 MiB"),
                        line -> assertThat(line).contains("/dev/null"));
    }

    @Test
    void verboseShowsWhereABrokenFileWasGivenUp() {
        assertThat(jbpf("--verbose", "inspect", "object", broken.toString()).err())
                .contains("\tat io.jbpf.elf");
    }
}
