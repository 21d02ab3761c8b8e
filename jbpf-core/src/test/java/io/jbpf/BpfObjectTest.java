package io.jbpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.VerifierException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapInfo;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.ProgramInfo;
import io.jbpf.program.TestRun;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

@KernelTest
class BpfObjectTest {
    private final ObjectSpec spec = TestObjects.read("attach");

    @Test
    void mapsAndProgramsAreInTheKernelUntilItIsClosed() {
        int program;
        int map;
        try (BpfObject object = BpfObject.load(spec)) {
            program = object.program("on_ingress").info().id();
            map = object.map("hits").info().id();
            assertThat(programIds()).contains(program);
            assertThat(mapIds()).contains(map);
            assertThat(object.program("on_ingress").info().mapIds()).contains(map);
        }
        // The last reference to a program goes after a grace period: wait for it, not for a time.
        Waits.until(() -> !programIds().contains(program) && !mapIds().contains(map));
    }

    @Test
    void aConstantSetBeforeTheLoadIsWhatTheProgramSees() {
        try (BpfObject object = BpfObject.load(spec.withVariable("watched_syscall", 39))) {
            BpfMap constants = object.map(".rodata");
            byte[] bytes = constants
                    .typed(Codec.u32(), Codec.bytes(constants.info().valueSize()))
                    .lookup(0)
                    .orElseThrow();
            assertThat(bytes).contains((byte) 39);
            assertThatThrownBy(() -> constants
                            .typed(Codec.u32(), Codec.bytes(bytes.length))
                            .put(0, bytes))
                    .isInstanceOf(BpfException.class);
        }
    }

    @Test
    void aProgramThatTheVerifierRefusesIsExplainedAndNothingIsLeft() {
        ObjectSpec wrong = spec.withProgram("reads_without_asking", program -> program.withAutoload(true))
                .withMap("hits", map -> map.withName("jbpf_leftover"));
        assertThatThrownBy(() -> BpfObject.load(wrong)).isInstanceOfSatisfying(VerifierException.class, e -> {
            assertThat(e.program()).isEqualTo("reads_without_asking");
            assertThat(e.errno()).isEqualTo(Errno.EACCES);
            assertThat(e.summary()).contains("invalid mem access");
            assertThat(e.sourceLine()).contains("return *count;");
            assertThat(e.log()).contains("processed");
        });
        Waits.until(
                () -> KernelObjects.maps().stream().noneMatch(map -> map.name().equals("jbpf_leftover")));
    }

    @Test
    void aFieldTheKernelLacksIsNamedWithTheLineThatAsksForIt() {
        ObjectSpec wrong = spec.withProgram("asks_for_a_missing_field", program -> program.withAutoload(true));
        assertThatThrownBy(() -> BpfObject.load(wrong)).isInstanceOfSatisfying(VerifierException.class, e -> {
            assertThat(e.summary()).contains("task_struct", "no_such_field", "candidates");
            assertThat(e.sourceLine()).contains("attach.bpf.c:", "task"); // clang decides which of the two lines
            assertThat(e.log()).contains("unknown#");
        });
    }

    @Test
    void aProgramRunsOnAPacketOfOurs() {
        try (BpfObject object = BpfObject.load(spec)) {
            byte[] packet = new byte[64];
            packet[12] = 8; // an IPv4 header's worth of zeroes follows
            TestRun run = object.program("drop_all").testRun(packet, 10);
            assertThat(run.returned()).isEqualTo(2);
            assertThat(object.program("on_ingress").testRun(packet, 10).returned())
                    .isEqualTo(-1);
            assertThat(object.map("hits").perCpu(Codec.u32(), Codec.u64()).merged(2, Long::sum))
                    .contains(10L);
        }
    }

    @Test
    void aMapPinnedByNameIsReusedAndOneThatDoesNotFitIsRefusedWithTheDifferences() throws Exception {
        BpfFs pins = BpfFs.mounted()
                .subdirectory("jbpf_test_" + ProcessHandle.current().pid());
        LoadOptions options = LoadOptions.DEFAULTS.withPins(pins);
        ObjectSpec pinned = spec.withMap("hits", map -> map.withPinnedByName(true));
        try {
            int first;
            try (BpfObject object = BpfObject.load(pinned, options)) {
                first = object.map("hits").info().id();
            }
            try (BpfObject object = BpfObject.load(pinned, options)) {
                assertThat(object.map("hits").info().id()).isEqualTo(first);
            }
            ObjectSpec larger = pinned.withMap("hits", map -> map.withMaxEntries(64));
            assertThatThrownBy(() -> BpfObject.load(larger, options))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("does not fit map 'hits'")
                    .hasMessageContaining("max entries is 3, not 64");
        } finally {
            Files.deleteIfExists(pins.pin("hits"));
            Files.delete(pins.directory());
        }
    }

    @Test
    void anUnknownNameListsTheNamesThereAre() {
        try (BpfObject object = BpfObject.load(spec)) {
            assertThatThrownBy(() -> object.program("nope"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("object 'attach' has no program 'nope'")
                    .hasMessageContaining("on_ingress");
            assertThatThrownBy(() -> object.map("nope")).hasMessageContaining("hits");
        }
    }

    @Test
    void nothingLeaksOverManyLoads() throws Exception {
        BpfObject.load(spec).close();
        long before = descriptors();
        for (int i = 0; i < 50; i++) {
            BpfObject.load(spec).close();
        }
        // What another test forgot to close may be collected meanwhile.
        assertThat(descriptors()).isLessThanOrEqualTo(before);
    }

    private static long descriptors() throws Exception {
        try (var listed = Files.list(Path.of("/proc/self/fd"))) {
            return listed.filter(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).toString().contains("bpf");
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .count();
        }
    }

    private static List<Integer> programIds() {
        return KernelObjects.programs().stream().map(ProgramInfo::id).toList();
    }

    private static List<Integer> mapIds() {
        return KernelObjects.maps().stream().map(MapInfo::id).toList();
    }
}
