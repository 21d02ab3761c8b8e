package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.IteratorTarget.CgroupOrder;
import io.jbpf.map.Codec;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class IteratorLinkTest {
    private static final long PID = ProcessHandle.current().pid();

    private static List<Long> numbers(IteratorLink link) {
        try (Stream<String> lines = link.lines()) {
            return lines.map(Long::valueOf).toList();
        }
    }

    @Test
    void allTasksAreListedAnewWithEachRun() throws IOException {
        try (LinkObject object = LinkObject.load("lists_tasks")) {
            IteratorLink link = IteratorLink.attach(object.program("lists_tasks"));
            assertThat(numbers(link)).contains(PID);
            Process child = new ProcessBuilder("cat").start();
            try {
                assertThat(numbers(link)).contains(child.pid());
            } finally {
                child.destroyForcibly().onExit().join();
            }
            assertThat(numbers(link)).doesNotContain(child.pid());
            assertThat(link.info().target()).isEqualTo("task");
            LinkObject.checkTypedOpening(link, IteratorLink.class);
        }
    }

    @Test
    void aRunIsAStreamOfBytes() throws IOException {
        try (LinkObject object = LinkObject.load("lists_tasks");
                IteratorLink link = IteratorLink.attach(object.program("lists_tasks"))) {
            try (InputStream run = link.run()) {
                byte[] line = run.readNBytes(11);
                assertThat(new String(line, StandardCharsets.US_ASCII)).endsWith("\n");
                assertThat(run.read()).isEqualTo('0');
                run.skipNBytes(10);
                assertThat(run.readAllBytes().length % 11).isZero();
                assertThat(run.read()).isEqualTo(-1);
            }
            InputStream closed = link.run();
            closed.close();
            assertThatThrownBy(closed::read).isInstanceOf(IOException.class).hasMessageContaining("closed");
        }
    }

    @Test
    void aPinnedIteratorIsAFile() throws IOException {
        Path pin = LinkObject.freshPin();
        try (LinkObject object = LinkObject.load("lists_tasks");
                IteratorLink link = IteratorLink.attach(object.program("lists_tasks"))) {
            link.pin(pin);
            assertThat(Files.readAllLines(pin)).anyMatch(line -> Long.parseLong(line) == PID);
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void oneProcessIsListed(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("lists_tasks")) {
            IteratorTarget self = IteratorTarget.process((int) PID);
            try (IteratorLink link = IteratorLink.attach(object.program("lists_tasks"), self)) {
                // Each of our threads, and nobody else's.
                assertThat(numbers(link)).hasSizeGreaterThan(1).containsOnly(PID);
                assertThat(link.info().details())
                        .isInstanceOfSatisfying(IteratorLink.Info.class, info -> assertThat(info.processId())
                                .isEqualTo((int) PID));
            } catch (UnsupportedFeatureException e) {
                assertThat(e.kernelFloor()).isEqualTo("6.1");
                KernelSupport.lacks(reporter, e.toString());
            }
        }
    }

    @Test
    void oneThreadIsListed(TestReporter reporter) throws Exception {
        long tid = Long.parseLong(
                String.valueOf(Path.of("/proc/thread-self").toRealPath().getFileName()));
        try (LinkObject object = LinkObject.load("lists_threads");
                IteratorLink link =
                        IteratorLink.attach(object.program("lists_threads"), IteratorTarget.thread((int) tid))) {
            assertThat(numbers(link)).containsExactly(tid);
            assertThat(link.info().details())
                    .isInstanceOfSatisfying(IteratorLink.Info.class, info -> assertThat(info.threadId())
                            .isEqualTo((int) tid));
        } catch (UnsupportedFeatureException e) {
            assertThat(e.kernelFloor()).isEqualTo("6.1");
            KernelSupport.lacks(reporter, e.toString());
        }
    }

    @Test
    void cgroupsAreListedInTheOrderAskedFor(TestReporter reporter) throws IOException {
        try (TestCgroup cgroup = TestCgroup.create();
                LinkObject object = LinkObject.load("lists_cgroups")) {
            long top = inode(cgroup.path());
            long below = inode(cgroup.child("below"));
            Path path = cgroup.path();
            assertThat(cgroups(object, path, CgroupOrder.SELF_ONLY)).containsExactly(top);
            assertThat(cgroups(object, path, CgroupOrder.DESCENDANTS_PRE)).containsExactly(top, below);
            assertThat(cgroups(object, path, CgroupOrder.DESCENDANTS_POST)).containsExactly(below, top);
            assertThat(cgroups(object, path, CgroupOrder.ANCESTORS_UP))
                    .startsWith(top)
                    .hasSize(2);
        } catch (BpfException e) {
            assertThat(e).hasMessageContaining("bpf_iter_cgroup");
            KernelSupport.lacks(reporter, "iterators through cgroups (Linux 6.1): " + e.getMessage());
        }
    }

    private static List<Long> cgroups(LinkObject object, Path cgroup, CgroupOrder order) {
        IteratorTarget target = IteratorTarget.cgroup(cgroup, order);
        try (IteratorLink link = IteratorLink.attach(object.program("lists_cgroups"), target)) {
            assertThat(link.info().details())
                    .isInstanceOfSatisfying(IteratorLink.Info.class, info -> assertThat(info.cgroupId())
                            .isEqualTo(inode(cgroup)));
            return numbers(link);
        }
    }

    private static long inode(Path path) {
        try {
            return (long) Files.getAttribute(path, "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMapsElementsAreListedAndTheProgramIsReplacedInPlace() {
        try (LinkObject object = LinkObject.load("lists_elements", "lists_elements_again")) {
            var map = object.object().map("numbers");
            for (int i = 0; i < 3; i++) {
                map.typed(Codec.u32(), Codec.u32()).put(i, 40 + i);
            }
            try (IteratorLink link = IteratorLink.attach(object.program("lists_elements"), IteratorTarget.map(map))) {
                assertThat(numbers(link)).containsExactly(40L, 41L, 42L);
                assertThat(link.info().target())
                        .isEqualTo("bpf_map_elem of map " + map.info().id());
                link.update(object.program("lists_elements_again"));
                assertThat(numbers(link)).containsExactly(140L, 141L, 142L);
            }
            assertThatThrownBy(() -> IteratorLink.attach(object.program("lists_elements")))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("IteratorTarget.map()");
        }
    }

    @Test
    void aProgramThatIsNoIteratorIsRefused() {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint")) {
            assertThatThrownBy(() -> IteratorLink.attach(object.program("on_btf_tracepoint")))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("is no iterator");
        }
    }

    @Test
    void runningLeavesNoDescriptor() {
        try (LinkObject object = LinkObject.load("lists_tasks")) {
            LinkObject.leavesNoDescriptor(() -> {
                try (IteratorLink link = IteratorLink.attach(object.program("lists_tasks"))) {
                    numbers(link);
                }
            });
        }
    }
}
