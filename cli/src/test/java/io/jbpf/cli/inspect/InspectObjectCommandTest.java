package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.elf.ElfFile;
import io.jbpf.elf.ElfSection;
import io.jbpf.kernel.KernelVersion;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        broken = Files.write(directory.resolve("broken.o"), Arrays.copyOf(whole, whole.length / 2));
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
                .containsPattern("(?m)^settings +array +4 +4 +1 +0x0$")
                .containsPattern("(?m)^opening_ns +\\.rodata +\\d+ +8$");
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
        assertThat(object.get("maps").findValuesAsText("name")).contains("own_flows", ".rodata");
        assertThat(object.get("maps").get(0).get("bytes_key").asInt()).isEqualTo(4);
        assertThat(object.get("globals").findValuesAsText("name")).contains("opening_ns");
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

    private Path object(String name) throws IOException {
        return Files.write(directory.resolve(name + ".bpf.o"), TestObjects.bytes(name));
    }

    @Test
    void showsExternsAndWhatThisKernelHas() throws IOException {
        InProcess run = jbpf("inspect", "object", object("externs").toString());

        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.out())
                .containsPattern(
                        "(?m)^LINUX_KERNEL_VERSION +\\.kconfig +config +strong +int +" + KernelVersion.code() + "$")
                .containsPattern("(?m)^CONFIG_NOBODY_HAS_THIS +\\.kconfig +config +weak +int +missing$")
                .containsPattern("(?m)^runqueues +\\.ksyms +variable +strong +const struct rq +\\S.*$")
                .containsPattern("(?m)^nobody_has_this_symbol_either +\\.ksyms +symbol +strong +void +.*kallsyms")
                // The kernel does not show just anybody what its modules have.
                .containsPattern("(?m)^nobody_has_this_function +\\.ksyms +function +weak +int \\(int\\)"
                        + " +(missing|.*CAP_SYS_ADMIN.*)$");
    }

    @Test
    void jsonHasExternsToo() throws IOException {
        JsonNode externs = new ObjectMapper()
                .readTree(jbpf(
                                "inspect",
                                "object",
                                "-o",
                                "json",
                                object("externs").toString())
                        .out())
                .get("externs");

        JsonNode version = named(externs, "LINUX_KERNEL_VERSION");
        assertThat(version.get("outcome").asText()).isEqualTo("resolved");
        assertThat(version.get("value").asText()).isEqualTo(Integer.toString(KernelVersion.code()));
        assertThat(version.get("found_in").isNull()).isTrue();
        JsonNode option = named(externs, "CONFIG_NOBODY_HAS_THIS");
        assertThat(option.get("weak").asBoolean()).isTrue();
        assertThat(option.get("outcome").asText()).isEqualTo("missing");
        JsonNode symbol = named(externs, "nobody_has_this_symbol_either");
        assertThat(symbol.get("outcome").asText()).isEqualTo("unresolved");
        assertThat(symbol.get("error").asText()).contains("/proc/kallsyms");
        assertThat(named(externs, "_stext").get("found_in").asText()).isEqualTo("/proc/kallsyms");
    }

    private static JsonNode named(JsonNode all, String name) {
        for (JsonNode each : all) {
            if (each.get("name").asText().equals(name)) {
                return each;
            }
        }
        throw new AssertionError("no " + name + " in " + all);
    }

    @Test
    void showsWhatCoreRelocationsAsk() throws IOException {
        InProcess run = jbpf("inspect", "object", object("core").toString());

        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .containsPattern("(?m)^byte_off +fields +6 +\\[\\d+] struct task\\.leaves\\[2]\\.b +0:1:2:1 +24 +\\S")
                .containsPattern("(?m)^local_type_id +types +\\d+ +\\[(\\d+)] struct task +0 +\\1 +\\1$");
    }

    @Test
    void aBrokenRelocationIsARowAndNoFailure() throws IOException {
        byte[] bytes = TestObjects.bytes("core");
        // The first relocation's kind, the last of its four numbers; the records follow the name and their count.
        ElfFile elf = ElfFile.parse("core", bytes);
        ElfSection section = elf.section(".BTF.ext").orElseThrow();
        ByteBuffer ext = ByteBuffer.wrap(section.bytes()).order(elf.byteOrder());
        byte[] before = section.bytes().clone();
        int first = ext.getInt(4) + ext.getInt(24) + 4 + 8;
        ext.putInt(first + 12, 77);
        Path file = Files.write(directory.resolve("odd.o"), replaced(bytes, before, ext.array()));

        InProcess run = jbpf("inspect", "object", "-o", "json", file.toString());

        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        JsonNode relocations = new ObjectMapper().readTree(run.out()).get("core_relocations");
        assertThat(relocations).hasSize(43);
        assertThat(relocations.get(0).get("kind").asText()).isEqualTo("kind 77");
        assertThat(relocations.get(0).get("outcome").asText()).isEqualTo("malformed");
        assertThat(relocations.get(0).get("error").asText()).contains("odd.o", "unknown kind 77");
        assertThat(relocations.get(1).get("subject").asText()).isEqualTo("struct task.moved");
    }

    /** The bytes with other ones in the one place where these are. */
    private static byte[] replaced(byte[] bytes, byte[] before, byte[] after) {
        byte[] edited = bytes.clone();
        for (int at = 0; at + before.length <= bytes.length; at++) {
            if (Arrays.equals(bytes, at, at + before.length, before, 0, before.length)) {
                System.arraycopy(after, 0, edited, at, after.length);
                return edited;
            }
        }
        throw new AssertionError("the section is not in the file");
    }

    @Test
    void typesArePrintedAsC() throws IOException {
        InProcess run = jbpf("inspect", "object", "--types", object("core").toString());

        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        assertThat(run.out())
                .startsWith("/* " + directory.resolve("core.bpf.o") + " */\n")
                .contains("struct leaf {\n", "enum state {\n", "typedef int (*callback_t)(struct task *, __u32);")
                .doesNotContain("SECTION");
    }

    @Test
    @RequiresTool("clang-14")
    void theCThatIsPrintedCompiles() throws Exception {
        for (Path file : List.of(firewall, object("externs"), object("core"))) {
            String c = jbpf("inspect", "object", "--types", file.toString()).out();
            Path header = Files.writeString(directory.resolve("types.h"), c);

            Tool.run("clang-14", "-fsyntax-only", "-target", "bpf", "-x", "c", header.toString());
        }
    }

    @Test
    void jsonHasTheTypesOnlyIfAsked() throws IOException {
        String file = object("core").toString();
        ObjectMapper mapper = new ObjectMapper();

        JsonNode plain =
                mapper.readTree(jbpf("inspect", "object", "-o", "json", file).out());
        JsonNode typed = mapper.readTree(
                jbpf("inspect", "object", "--types", "-o", "json", file).out());
        assertThat(plain.has("c")).isFalse();
        assertThat(typed.get("c").asText()).contains("struct task {");
        assertThat(typed.get("programs")).isEqualTo(plain.get("programs"));
    }

    @Test
    void typesAndLoadAreTwoQuestions() {
        assertThat(jbpf("inspect", "object", "--types", "--load", firewall.toString())
                        .status())
                .isEqualTo(ExitStatus.USAGE);
    }
}
