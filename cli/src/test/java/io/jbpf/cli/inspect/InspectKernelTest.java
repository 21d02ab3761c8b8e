package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.BpfObject;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.link.LinkInfo;
import io.jbpf.link.RawTracepointLink;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class InspectKernelTest {
    private BpfObject object;
    private RawTracepointLink link;

    @BeforeEach
    void attachAProgram() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("/io/jbpf/programs/syscall_counter.bpf.o"))) {
            object = BpfObject.load(ObjectSpec.parse("syscall_counter", in.readAllBytes()));
        }
        try {
            link = RawTracepointLink.attach(object.program("count_syscalls"), "sys_enter");
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    @AfterEach
    void detachIt() {
        // Not there if attaching failed.
        if (link != null) {
            link.close();
            object.close();
        }
    }

    @Test
    void theKernelTellsWhatItCanDo() throws Exception {
        InProcess all = jbpf("inspect", "kernel", "-o", "json");
        assertThat(all.status()).isEqualTo(ExitStatus.DONE);
        JsonNode probes = new ObjectMapper().readTree(all.out());
        assertThat(probes).anySatisfy(probe -> {
            assertThat(probe.get("kind").asText()).isEqualTo("program_type");
            assertThat(probe.get("name").asText()).isEqualTo("raw_tracepoint");
            assertThat(probe.get("verdict").asText()).isEqualTo("supported");
            assertThat(probe.get("reason").asText()).isEmpty();
        });
        assertThat(probes.findValuesAsText("kind"))
                .contains("program_type", "map_type", "attach_type", "link", "feature", "btf", "instructions");
        InProcess lacking = jbpf("inspect", "kernel", "--lacking");
        assertThat(lacking.out()).startsWith("KIND").doesNotContain(" supported ");
    }

    @Test
    @RequiresTool("bpftool")
    void programsAreWhatBpftoolShows() throws Exception {
        int id = object.program("count_syscalls").info().id();
        JsonNode ours = listed("programs", id);
        JsonNode theirs = bpftool("prog", id);

        for (String field : List.of("id", "type", "name", "tag", "bytes_xlated", "jited", "bytes_jited", "btf_id")) {
            assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
        }
        assertThat(ours.get("map_ids")).containsExactlyInAnyOrderElementsOf(theirs.get("map_ids"));
    }

    @Test
    @RequiresTool("bpftool")
    void mapsAreWhatBpftoolShows() throws Exception {
        for (var map : object.maps().values()) {
            JsonNode ours = listed("maps", map.info().id());
            JsonNode theirs = bpftool("map", map.info().id());

            for (String field : List.of("id", "type", "name", "flags", "bytes_key", "bytes_value", "max_entries")) {
                assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
            }
        }
    }

    @Test
    @RequiresTool("bpftool")
    void linksAreWhatBpftoolShows() throws Exception {
        LinkInfo info = link.info();
        JsonNode ours = listed("links", info.id());
        JsonNode theirs = bpftool("link", info.id());

        for (String field : List.of("id", "type", "prog_id")) {
            assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
        }
        assertThat(ours.get("target")).isEqualTo(theirs.get("tp_name"));
    }

    @Test
    void tablesHaveTheSame() {
        int id = object.program("count_syscalls").info().id();

        assertThat(jbpf("inspect", "programs").lines().get(0).strip())
                .matches("ID +TYPE +NAME +TAG +XLATED +JITED +MAPS");
        assertThat(jbpf("inspect", "programs").out())
                .containsPattern(
                        "(?m)^ *" + id + " +raw_tracepoint +count_syscalls +[0-9a-f]{16} +\\d+ +\\d+ +[\\d,]+$");
        assertThat(jbpf("inspect", "maps").out())
                .containsPattern("(?m)^ *" + object.map("process_counts").info().id()
                        + " +percpu_hash +process_counts +8 +16 +8192 +0x0$");
        assertThat(jbpf("inspect", "links").out())
                .containsPattern("(?m)^ *" + link.info().id() + " +raw_tracepoint +" + id + " +sys_enter$");
    }

    private static JsonNode listed(String kind, int id) throws IOException {
        InProcess run = jbpf("inspect", kind, "-o", "json");
        assertThat(run.status()).isEqualTo(ExitStatus.DONE);
        return withId(new ObjectMapper().readTree(run.out()), id);
    }

    private static JsonNode bpftool(String kind, int id) throws IOException, InterruptedException {
        Process bpftool = new ProcessBuilder("bpftool", "-j", kind, "list")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode list = new ObjectMapper().readTree(bpftool.getInputStream().readAllBytes());
        assertThat(bpftool.waitFor()).isZero();
        return withId(list, id);
    }

    private static JsonNode withId(JsonNode list, int id) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(each -> each.get("id").asInt() == id)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + id + " in " + list));
    }
}
