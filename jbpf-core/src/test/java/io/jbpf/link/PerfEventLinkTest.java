package io.jbpf.link;

import static io.jbpf.link.LinkObject.callGetppid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.error.VerifierException;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class PerfEventLinkTest {
    private static final long COOKIE = 0x1234_5678_9abc_def0L;
    private static final String GETPPID = "__x64_sys_getppid";
    private static final Path LIBC = BinaryFile.locate("libc.so.6");

    @Test
    void aKprobeRunsFromAttachToClose(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("on_kprobe")) {
            for (KprobeLink.Options options :
                    new KprobeLink.Options[] {KprobeLink.Options.ENTRY, KprobeLink.Options.RETURN}) {
                object.set("hits", 0);
                try (Link link = KprobeLink.attach(object.program("on_kprobe"), GETPPID, options)) {
                    callGetppid(10);
                }
                callGetppid(5);
                assertThat(object.get("hits")).isEqualTo(10);
            }
            assertThatThrownBy(() -> KprobeLink.attach(
                            object.program("on_kprobe"), "no_such_function", KprobeLink.Options.ENTRY))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("kprobe no_such_function");
        } catch (UnsupportedFeatureException e) {
            assertThat(e).hasMessageContaining("kprobes as perf events");
            KernelSupport.lacks(reporter, e.toString());
        }
    }

    @Test
    void aKprobeHasACookieAndTellsItsFunction(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("on_probe_with_cookie");
                KprobeLink link = KprobeLink.attach(
                        object.program("on_probe_with_cookie"), GETPPID, KprobeLink.Options.ENTRY.withCookie(COOKIE))) {
            callGetppid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
            assertThat(link.info().details()).isInstanceOfSatisfying(PerfEventLink.Info.class, info -> {
                if (info.kind() != PerfEventLink.Kind.UNKNOWN) {
                    assertThat(info.kind()).isEqualTo(PerfEventLink.Kind.KPROBE);
                    assertThat(info.name()).isEqualTo(GETPPID);
                }
            });
        } catch (UnsupportedFeatureException | VerifierException e) {
            KernelSupport.lacks(reporter, "kprobes with cookies (Linux 5.15): " + e.getMessage());
        }
    }

    @Test
    void aUprobeRunsFromAttachToClose() {
        try (LinkObject object = LinkObject.load("on_uprobe")) {
            for (UprobeLink.Options options : new UprobeLink.Options[] {
                UprobeLink.Options.ENTRY,
                UprobeLink.Options.RETURN,
                UprobeLink.Options.ENTRY.ofProcess((int) ProcessHandle.current().pid())
            }) {
                object.set("hits", 0);
                try (Link link = UprobeLink.attach(object.program("on_uprobe"), LIBC, "getppid", options)) {
                    assertThat(link.description()).contains("probe " + LIBC);
                    callGetppid(10);
                }
                callGetppid(5);
                assertThat(object.get("hits")).isEqualTo(10);
            }
        }
    }

    @Test
    void aUprobeOfAnotherProcessDoesNotSeeThisOne() throws IOException {
        Process other = new ProcessBuilder("cat").start();
        try (LinkObject object = LinkObject.load("on_uprobe");
                Link link = UprobeLink.attach(
                        object.program("on_uprobe"), LIBC, "getppid", UprobeLink.Options.ENTRY.ofProcess((int)
                                other.pid()))) {
            callGetppid(10);
            assertThat(object.get("hits")).isZero();
        } finally {
            other.destroyForcibly().onExit().join();
        }
    }

    @Test
    void aUprobeHasACookieAndTellsItsFile(TestReporter reporter) throws IOException {
        if (lacksLinks(reporter)) {
            return;
        }
        long offset = BinaryFile.read(LIBC).fileOffset("getppid");
        try (LinkObject object = LinkObject.load("on_probe_with_cookie")) {
            UprobeLink link = UprobeLink.attach(
                    object.program("on_probe_with_cookie"), LIBC, offset, UprobeLink.Options.ENTRY.withCookie(COOKIE));
            callGetppid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
            try (KernelLink found = KernelLink.openById(link.info().id())) {
                assertThat(found).isInstanceOf(PerfEventLink.class);
                assertThat(found.info().details()).isInstanceOfSatisfying(PerfEventLink.Info.class, info -> {
                    if (info.kind() != PerfEventLink.Kind.UNKNOWN) {
                        assertThat(info.kind()).isEqualTo(PerfEventLink.Kind.UPROBE);
                        assertThat(info.name()).endsWith("libc.so.6");
                        assertThat(info.offset()).isEqualTo(offset);
                    }
                });
            }
            assertThatThrownBy(() -> link.update(object.program("on_probe_with_cookie")))
                    .isInstanceOf(UnsupportedFeatureException.class);
            assertThatThrownBy(link::detach).isInstanceOf(UnsupportedFeatureException.class);
            link.close();
        }
    }

    private static boolean lacksLinks(TestReporter reporter) {
        if (KernelSupport.isMissing(
                KernelProbes.link(LinkFeature.PERF_EVENT), "perf event links (Linux 5.15)", reporter)) {
            try (LinkObject object = LinkObject.load("on_tracepoint");
                    TracepointLink link =
                            TracepointLink.attach(object.program("on_tracepoint"), "raw_syscalls", "sys_enter")) {
                assertThatThrownBy(() -> link.pin(LinkObject.freshPin()))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("5.15");
                assertThatThrownBy(link::info).isInstanceOf(UnsupportedFeatureException.class);
                assertThatThrownBy(() -> TracepointLink.attach(
                                object.program("on_tracepoint"), "raw_syscalls", "sys_enter", COOKIE))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("5.15");
            }
            return true;
        }
        return false;
    }

    @Test
    void aTracepointHasACookieAndIsPinned(TestReporter reporter) throws IOException {
        if (lacksLinks(reporter)) {
            return;
        }
        try (LinkObject object = LinkObject.load("on_tracepoint_with_cookie")) {
            TracepointLink link = TracepointLink.attach(
                    object.program("on_tracepoint_with_cookie"), "raw_syscalls", "sys_enter", COOKIE);
            callGetppid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
            try (KernelLink found = KernelLink.openById(link.info().id())) {
                assertThat(found.info()).isEqualTo(link.info());
            }
            link.close();
            callGetppid(1);
            object.set("cookie", 0);
            callGetppid(1);
            assertThat(object.get("cookie")).isZero();
        }
    }

    @Test
    void theClockRunsAProgram() {
        try (LinkObject object = LinkObject.load("on_sample");
                Link link = SampleLink.attach(object.program("on_sample"), 0, SampleLink.Options.clock(100))) {
            Waits.until(() -> object.get("hits") > 3);
        }
    }

    @Test
    void aCounterOfOneProcessRunsAProgram() {
        try (LinkObject object = LinkObject.load("on_sample")) {
            // PERF_COUNT_SW_CPU_CLOCK is counted in nanoseconds, of this process alone where it is named.
            SampleLink.Options options =
                    SampleLink.Options.software(0, 1_000_000).ofProcess((int) thread());
            try (Link link = SampleLink.attach(object.program("on_sample"), -1, options)) {
                Waits.until(() -> object.get("hits") > 0);
            }
            assertThatThrownBy(() ->
                            SampleLink.attach(object.program("on_sample"), 0, SampleLink.Options.software(4711, 1)))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("perf event 1:4711 of CPU 0");
        }
    }

    /** This thread's number; {@code /proc/thread-self} is {@code PID/task/TID}. */
    private static long thread() {
        try {
            return Long.parseLong(
                    String.valueOf(Path.of("/proc/thread-self").toRealPath().getFileName()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        try (LinkObject object = LinkObject.load("on_uprobe")) {
            assertThatThrownBy(() -> UprobeLink.attach(
                            object.program("on_uprobe"), LIBC, "no_such_function", UprobeLink.Options.ENTRY))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining(LIBC + " has no function 'no_such_function'");
            assertThatThrownBy(() -> UprobeLink.attach(
                            object.program("on_uprobe"), Path.of("/no/such/file"), 0, UprobeLink.Options.ENTRY))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("there is no such file");
        }
    }

    @Test
    void attachingAndClosingLeavesNoDescriptor() {
        try (LinkObject object = LinkObject.load("on_uprobe")) {
            long offset = BinaryFile.read(LIBC).fileOffset("getppid");
            LinkObject.leavesNoDescriptor(
                    () -> UprobeLink.attach(object.program("on_uprobe"), LIBC, offset, UprobeLink.Options.ENTRY)
                            .close());
        }
    }
}
