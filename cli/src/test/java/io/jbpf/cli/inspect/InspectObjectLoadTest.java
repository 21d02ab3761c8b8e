package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.KernelObjects;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class InspectObjectLoadTest {
    @TempDir
    private Path directory;

    private Path firewall;
    private Path attach;

    @BeforeEach
    void makeFiles() throws IOException {
        firewall = directory.resolve("l4_firewall.bpf.o");
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("/io/jbpf/programs/l4_firewall.bpf.o"))) {
            Files.copy(in, firewall);
        }
        attach = Files.write(directory.resolve("attach.bpf.o"), TestObjects.bytes("attach"));
    }

    @Test
    void showsTheVerdictAndTheCostOfEachProgramAndUnloadsIt() {
        // Others may have firewalls on this machine.
        Set<Integer> before = firewallPrograms();

        InProcess run = jbpf("inspect", "object", "--load", firewall.toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.out())
                .contains(firewall.toString())
                .containsPattern("(?m)^l4_ingress +sched_cls +loaded +\\d+ +\\d+ +\\d+ +\\d+$");
        Waits.until(() -> before.containsAll(firewallPrograms()));
    }

    private static Set<Integer> firewallPrograms() {
        return KernelObjects.programs().stream()
                .filter(program -> program.name().equals("l4_ingress"))
                .map(ProgramInfo::id)
                .collect(Collectors.toSet());
    }

    @Test
    void aProgramOrFileThatIsRefusedDoesNotStopTheNext() throws IOException {
        Path cutOff = Files.write(directory.resolve("cut.o"), Arrays.copyOf(Files.readAllBytes(attach), 99));
        Path refusedFile = Files.write(directory.resolve("refused.bpf.o"), TestObjects.bytes("refused"));

        InProcess run = jbpf(
                "inspect",
                "object",
                "--load",
                "-o",
                "json",
                cutOff.toString(),
                refusedFile.toString(),
                firewall.toString());

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        List<String> lines = run.lines();
        assertThat(lines).hasSize(3);
        JsonNode cut = new ObjectMapper().readTree(lines.get(0));
        assertThat(cut.fieldNames()).toIterable().containsExactly("file", "loaded", "error", "programs");
        assertThat(cut.get("loaded").asBoolean()).isFalse();
        assertThat(cut.get("error").asText()).contains(cutOff.toString());
        assertThat(cut.get("programs")).isEmpty();

        JsonNode refused = new ObjectMapper().readTree(lines.get(1));
        assertThat(refused.get("loaded").asBoolean()).isFalse();
        assertThat(refused.get("error").asText()).isEqualTo("1 of 3 programs refused: refused");
        JsonNode bad = program(refused, "refused");
        assertThat(bad.fieldNames()).toIterable().containsExactly("name", "type", "loaded", "instructions", "error");
        assertThat(bad.get("loaded").asBoolean()).isFalse();
        assertThat(bad.get("error").asText()).contains("invalid mem access");
        assertThat(bad.get("instructions").asInt()).isPositive();
        for (String name : List.of("accepted_first", "accepted_last")) {
            assertThat(program(refused, name).get("loaded").asBoolean()).isTrue();
            assertThat(program(refused, name).get("error").isNull()).isTrue();
        }

        assertThat(new ObjectMapper().readTree(lines.get(2)).get("loaded").asBoolean())
                .isTrue();
        assertThat(run.err()).contains("jbpf: " + refusedFile + ": the verifier refuses program 'refused'");
    }

    @Test
    void anOptionalProgramIsTriedButDecidesNothing() throws IOException {
        InProcess run = jbpf("inspect", "object", "--load", attach.toString());
        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.out()).containsPattern("(?m)^reads_without_asking .* refused \\(optional\\) ");

        JsonNode object = new ObjectMapper()
                .readTree(jbpf("inspect", "object", "--load", "-o", "json", attach.toString())
                        .out());
        assertThat(object.get("loaded").asBoolean()).isTrue();
        assertThat(object.get("error").isNull()).isTrue();
        assertThat(program(object, "reads_without_asking").get("loaded").asBoolean())
                .isFalse();
    }

    @Test
    void verboseShowsTheVerifiersLog() {
        assertThat(jbpf("--verbose", "inspect", "object", "--load", attach.toString())
                        .err())
                .contains("invalid mem access", "processed ");
    }

    private static JsonNode program(JsonNode object, String name) {
        for (JsonNode program : object.get("programs")) {
            if (program.get("name").asText().equals(name)) {
                return program;
            }
        }
        throw new AssertionError("no program " + name + " in " + object);
    }
}
