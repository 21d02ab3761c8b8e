package io.jbpf.cli.inspect;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jbpf.BpfObject;
import io.jbpf.cli.ChildJbpf;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.InProcess;
import io.jbpf.fs.BpfFs;
import io.jbpf.link.CgroupLink;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.XdpLink;
import io.jbpf.map.UpdateMode;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.TestPrograms;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Single objects of the kernel, and what is attached where. */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class InspectKernelObjectTest {
    private static final String SELF = Long.toString(ProcessHandle.current().pid());

    private final BpfObject object = BpfObject.load(TestObjects.read("inspect"));
    private final BpfProgram program = object.program("looks_up");
    private final String programId = Integer.toString(program.info().id());
    private final String flowsId = Integer.toString(object.map("flows").info().id());

    @AfterEach
    void removeAll() {
        object.close();
    }

    private static JsonNode json(String... arguments) throws IOException {
        InProcess run = jbpf(arguments);
        assertThat(run.status()).as(run.err()).isEqualTo(ExitStatus.DONE);
        return new ObjectMapper().readTree(run.out());
    }

    private static BpfObject links(String... programs) {
        ObjectSpec spec = TestObjects.read("links");
        for (String name : programs) {
            spec = spec.withProgram(name, each -> each.withAutoload(true));
        }
        return BpfObject.load(spec);
    }

    @Test
    @RequiresTool("bpftool")
    void aProgramIsWhatBpftoolShows() throws Exception {
        JsonNode ours = json("inspect", "program", programId, "-o", "json");
        JsonNode theirs = new ObjectMapper().readTree(Tool.run("bpftool", "-j", "prog", "show", "id", programId));

        for (String field : List.of(
                "id",
                "type",
                "name",
                "tag",
                "gpl_compatible",
                "uid",
                "bytes_xlated",
                "jited",
                "bytes_jited",
                "bytes_memlock",
                "btf_id")) {
            assertThat(ours.get(field)).as(field).isEqualTo(theirs.get(field));
        }
        assertThat(ours.get("map_ids")).containsExactlyInAnyOrderElementsOf(theirs.get("map_ids"));
        assertThat(ours.get("loaded_at").asLong())
                .isBetween(
                        theirs.get("loaded_at").asLong() - 2,
                        theirs.get("loaded_at").asLong() + 2);
        assertThat(ours.has("instructions")).isFalse();
    }

    @Test
    void itsCodeStandsAloneOrBesideItsSource() throws IOException {
        InProcess instructions = jbpf("inspect", "program", programId, "--instructions");
        assertThat(instructions.lines())
                .contains("looks_up:", "doubled:")
                .anyMatch(line -> line.matches(" *\\d+: \\(95\\) exit"));
        assertThat(instructions.out()).doesNotContain("return value * 2;");

        InProcess source = jbpf("inspect", "program", programId, "--source");
        assertThat(source.out()).containsPattern("(?m)^; return value \\* 2; @ .*inspect.bpf.c:\\d+$");

        JsonNode lines = json("inspect", "program", programId, "--instructions", "-o", "json")
                .get("instructions");
        assertThat(lines.get(0).get("function").asText()).isEqualTo("looks_up");
        assertThat(lines.findValuesAsText("text")).contains("return doubled(number);");
        assertThat(lines.get(lines.size() - 1).get("disasm").asText()).isEqualTo("(95) exit");
    }

    @Test
    void pinsAndHoldersAreShownOnRequest() throws IOException {
        BpfFs directory = BpfFs.mounted().subdirectory("jbpf_cli_" + SELF);
        Path pin = directory.pin("program");
        program.pin(pin);
        try {
            String[] asked = {"--pins", "--bpffs", directory.toString(), "--holders"};
            JsonNode ours =
                    json("inspect", "program", pin.toString(), "-o", "json", asked[0], asked[1], asked[2], asked[3]);
            assertThat(ours.get("id").asText()).isEqualTo(programId);
            assertThat(ours.get("pinned")).extracting(JsonNode::asText).containsExactly(pin.toString());
            assertThat(ours.get("pids"))
                    .extracting(each -> each.get("pid").asText())
                    .contains(SELF);

            InProcess programs = jbpf("inspect", "programs", asked[0], asked[1], asked[2], asked[3]);
            assertThat(programs.lines().get(0)).matches(" *ID .* PINNED +HOLDERS");
            assertThat(programs.out())
                    .containsPattern(
                            "(?m)^ *" + programId + " +sched_cls +looks_up .* " + pin + " .*\\S+\\(" + SELF + "\\)");
            JsonNode maps = json("inspect", "maps", "--holders", "-o", "json");
            assertThat(maps)
                    .filteredOn(map -> map.get("id").asText().equals(flowsId))
                    .singleElement()
                    .satisfies(map -> {
                        assertThat(map.get("pids").findValuesAsText("pid")).contains(SELF);
                        assertThat(map.has("pinned")).isFalse();
                    });
        } finally {
            Files.deleteIfExists(pin);
            Files.deleteIfExists(directory.directory());
        }
    }

    @Test
    void runsAreCountedForAsLongAsWasAsked() throws IOException {
        InProcess programs = jbpf("inspect", "programs", "--stats", "20ms");

        assertThat(programs.status()).as(programs.err()).isEqualTo(ExitStatus.DONE);
        assertThat(programs.lines().get(0)).matches(".* MAPS +RUNS +TIME-NS");
        assertThat(programs.out()).containsPattern("(?m)^ *" + programId + " .* 0 +0$");
    }

    @Test
    void aMapShowsItselfAndItsElementsByType() throws IOException {
        ByteBuffer key = ByteBuffer.allocate(12)
                .order(ByteOrder.nativeOrder())
                .putInt(0, 7)
                .putShort(4, (short) 443);
        ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, 5000);
        object.map("flows").update(key, value, UpdateMode.ANY);

        JsonNode map = json("inspect", "map", flowsId, "-o", "json");
        assertThat(map.get("name").asText()).isEqualTo("flows");
        assertThat(map.get("frozen").asBoolean()).isFalse();
        assertThat(map.get("bytes_memlock").asLong()).isPositive();

        assertThat(jbpf("inspect", "map", flowsId, "--dump").lines())
                .containsExactly("{.from = 7, .port = 443, .name = \"\"}: 5000");
        assertThat(jbpf("inspect", "map", flowsId, "--dump", "-o", "json").lines())
                .containsExactly("{\"key\":{\"from\":7,\"port\":443,\"name\":\"\"},\"value\":5000}");
        String perCpu = Integer.toString(object.map("per_cpu").info().id());
        assertThat(jbpf("inspect", "map", perCpu, "--dump", "--count", "1", "-o", "json")
                        .lines())
                .singleElement()
                .satisfies(line -> assertThat(line).matches("\\{\"key\":0,\"values\":\\[0(,0)*]}"));
    }

    @Test
    void btfIsListedAndPrintedAsC() throws IOException {
        String id = Integer.toString(program.info().btfId());

        assertThat(jbpf("inspect", "btf").out()).containsPattern("(?m)^ *" + id + " +\\d+$");
        assertThat(json("inspect", "btf", "-o", "json"))
                .filteredOn(btf -> btf.get("id").asText().equals(id))
                .singleElement()
                .satisfies(btf -> assertThat(btf.get("kernel").asBoolean()).isFalse());
        assertThat(jbpf("inspect", "btf", id).out()).contains("struct flow {");
        assertThat(json("inspect", "btf", id, "-o", "json").get("c").asText()).contains("struct flow {");
    }

    @Test
    void aNamespaceShowsWhatIsAttachedInIt() throws IOException {
        TestNetwork network = TestNetwork.create();
        try (BpfObject frames = links("passes_frames");
                BpfProgram filtering = TestPrograms.owned(TestPrograms.schedCls("filtering", -1))) {
            TestNetwork.End end = network.right();
            int index = end.interfaceInfo().index();
            try (XdpLink xdp = end.namespace()
                            .call(() -> XdpLink.attach(frames.program("passes_frames"), index, XdpMode.GENERIC));
                    ClsactFilter filter = end.namespace()
                            .call(() -> ClsactFilter.attach(filtering, index, Direction.EGRESS, "shown"))) {
                JsonNode all = end.namespace().call(() -> json("inspect", "net", "-o", "json"));

                assertThat(all)
                        .extracting(each -> each.get("kind").asText())
                        .containsExactly("xdp/generic", "clsact/egress");
                assertThat(all.get(0).get("prog_name").asText()).isEqualTo("passes_frames");
                assertThat(all.get(0).has("tag")).isFalse();
                assertThat(all.get(1).get("devname").asText())
                        .isEqualTo(end.interfaceInfo().name());
                assertThat(all.get(1).get("prog_id").asInt())
                        .isEqualTo(filtering.info().id());
                assertThat(all.get(1).get("tag").asText())
                        .isEqualTo(filtering.info().tag());
                assertThat(all.get(1).get("name").asText()).isEqualTo("jbpf:shown");
                assertThat(end.namespace().call(() -> jbpf("inspect", "net")).out())
                        .containsPattern("(?m)^veth-right +clsact/egress +1 +"
                                + filtering.info().id() + " +filtering .* jbpf:shown +"
                                + filtering.info().tag() + "$");
            }
        } finally {
            network.close();
        }
    }

    @Test
    void aCgroupShowsWhatIsAttachedToItAndWhatIsEffective() throws IOException {
        try (TestCgroup cgroup = TestCgroup.create();
                BpfObject connecting = links("allows_connections")) {
            Path below = cgroup.child("below");
            BpfProgram allows = connecting.program("allows_connections");
            try (CgroupLink link = CgroupLink.attach(allows, cgroup.path(), AttachType.CGROUP_INET4_CONNECT)) {
                JsonNode attached = json("inspect", "cgroup", cgroup.path().toString(), "-o", "json");
                assertThat(attached).hasSize(1);
                assertThat(attached.get(0).get("cgroup").asText())
                        .isEqualTo(cgroup.path().toString());
                assertThat(attached.get(0).get("attach_type").asText()).isEqualTo("cgroup_inet4_connect");
                assertThat(attached.get(0).get("attach_flags").asText()).isEqualTo("multi");
                assertThat(attached.get(0).get("prog_id").asInt())
                        .isEqualTo(allows.info().id());

                assertThat(jbpf("inspect", "cgroup", below.toString(), "--effective")
                                .out())
                        .containsPattern("(?m)^" + below + " +cgroup_inet4_connect .* "
                                + allows.info().id() + " +allows_connecti$");
                assertThat(jbpf("inspect", "cgroup", below.toString()).lines()).hasSize(1);
            }
        }
    }

    @Test
    void whatProgramsPrintIsShownUntilCtrlC() throws Exception {
        try (ChildJbpf child = ChildJbpf.start("trace", "-o", "json")) {
            child.awaitNote("reading what programs print");
            object.variable("number").set(77);
            object.program("prints").testRun(new byte[64], 1);
            child.awaitOutput("\"message\":\"jbpf inspect test 77\"");
            child.signal(15);

            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.DONE);
        }
    }

    @Test
    @RequiresTool("setpriv")
    void whatMayNotBeLookedAtIsSaid() throws Exception {
        BpfFs directory = BpfFs.mounted().subdirectory("jbpf_closed_" + SELF);
        Path closed = directory.subdirectory("closed").directory();
        object.map("flows").pin(directory.pin("map"));
        Files.setPosixFilePermissions(closed, Set.of());
        try (ChildJbpf child = ChildJbpf.startUnder(
                List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
                "inspect",
                "maps",
                "--pins",
                "--bpffs",
                directory.toString())) {
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.FAILED);
            assertThat(child.err()).anySatisfy(line -> assertThat(line)
                    .contains("there may be more pins: ", " could not be looked at, first " + directory));
        } finally {
            Files.delete(directory.pin("map"));
            Files.delete(closed);
            Files.delete(directory.directory());
        }
    }

    @Test
    void whatIsNotThereIsAFailureInOneSentence() {
        InProcess run = jbpf("inspect", "program", "2147483646");

        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("program 2147483646").contains("ENOENT");
        assertThat(jbpf("inspect", "map", "/sys/fs/bpf/no_such_pin").err()).contains("/sys/fs/bpf/no_such_pin");
    }
}
