package io.jbpf.link;

import static io.jbpf.link.LinkObject.callGetppid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.AttachedObject;
import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class AutoAttachTest {
    private static long hits(ObjectSpec spec, String program) {
        try (BpfObject object = BpfObject.load(spec)) {
            try (Link link = object.attach(program)) {
                callGetppid(10);
            }
            long hits = object.variable("hits").get();
            callGetppid(5);
            assertThat(object.variable("hits").get()).isEqualTo(hits);
            return hits;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on_btf_tracepoint", "on_uprobe"})
    void aProgramIsAttachedWhereItsSectionSays(String program) {
        assertThat(hits(LinkObject.spec(program), program)).isEqualTo(10);
    }

    @Test
    void aTracepointIsAttachedWhereItsSectionSays() {
        assertThat(hits(LinkObject.spec("on_tracepoint"), "on_tracepoint")).isGreaterThanOrEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"libc.so.6:getppid", "libc.so.6:getppid+0", "libc.so.6:OFFSET", "PATH:OFFSET"})
    void aUprobesPlaceIsWrittenInManyWays(String written) {
        String offset = "0x"
                + Long.toHexString(
                        BinaryFile.read(BinaryFile.locate("libc.so.6")).fileOffset("getppid"));
        String target = written.replace("OFFSET", offset)
                .replace("PATH", BinaryFile.locate("libc.so.6").toString());
        ObjectSpec spec = LinkObject.spec("on_uprobe").withProgram("on_uprobe", p -> p.withAttachTarget(target));
        assertThat(hits(spec, "on_uprobe")).isEqualTo(10);
    }

    @Test
    void aKprobeIsAttachedWhereItsSectionSays(TestReporter reporter) {
        try {
            assertThat(hits(LinkObject.spec("on_kprobe"), "on_kprobe")).isEqualTo(10);
        } catch (UnsupportedFeatureException e) {
            KernelSupport.lacks(reporter, e.toString());
        }
    }

    @Test
    void patternsOfKernelFunctionsAreResolved(TestReporter reporter) {
        try (BpfObject object = BpfObject.load(LinkObject.spec("on_many_functions"))) {
            try (Link link = object.attach("on_many_functions")) {
                // Of several names for one function the tracer lists one, which for getppid is not the one that fits.
                for (int i = 0; i < 10; i++) {
                    LinkObject.LIBC.getpgid(0);
                }
            }
            assertThat(object.variable("hits").get()).isEqualTo(10);
        } catch (BpfException e) {
            KernelSupport.lacks(reporter, "kprobe.multi links (Linux 5.18): " + e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "drops_frames, an interface: XdpLink.attach",
        "allows_connections, a cgroup: CgroupLink.attach",
        "lists_elements, a map: IteratorLink.attach",
        "on_sample, a processor and an event: SampleLink.attach"
    })
    void whatMustBeGivenIsNamed(String program, String needs) {
        try (BpfObject object = BpfObject.load(LinkObject.spec(program))) {
            assertThatThrownBy(() -> object.attach(program))
                    .isInstanceOfSatisfying(NoAutoAttachException.class, e -> assertThat(e.needs())
                            .startsWith(needs))
                    .hasMessageContaining("program '" + program + "'");
        }
    }

    @Test
    void aPlaceThatIsNoneIsNamed() {
        ObjectSpec spec = LinkObject.spec("on_uprobe");
        for (String target : new String[] {"", "libc.so.6", "libc.so.6:", ":getppid"}) {
            ObjectSpec wrong = spec.withProgram("on_uprobe", p -> p.withAttachTarget(target));
            try (BpfObject object = BpfObject.load(wrong)) {
                assertThatThrownBy(() -> object.attach("on_uprobe"))
                        .isInstanceOf(NoAutoAttachException.class)
                        .hasMessageContaining("a file and a function in it");
            }
        }
    }

    @Test
    void aWholeObjectIsAttachedAndDetached() {
        ObjectSpec spec = LinkObject.spec("on_btf_tracepoint", "drops_frames", "lists_tasks");
        try (BpfObject object = BpfObject.load(spec)) {
            try (AttachedObject attached = object.attach()) {
                assertThat(attached.links()).containsOnlyKeys("on_btf_tracepoint", "lists_tasks");
                assertThat(attached.left()).containsOnlyKeys("drops_frames");
                callGetppid(10);
                assertThat(object.variable("hits").get()).isEqualTo(10);
            }
            callGetppid(10);
            assertThat(object.variable("hits").get()).isEqualTo(10);
        }
    }

    @Test
    void ifOneFailsNoneIsLeftAttached() {
        ObjectSpec spec = LinkObject.spec("on_btf_tracepoint", "on_tracepoint")
                .withProgram("on_tracepoint", p -> p.withAttachTarget("no_such/tracepoint"));
        try (BpfObject object = BpfObject.load(spec)) {
            int id = object.program("on_btf_tracepoint").info().id();
            assertThatThrownBy(object::attach)
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("no_such/tracepoint");
            Waits.until(() -> KernelObjects.links().stream().noneMatch(link -> link.programId() == id));
        }
    }
}
