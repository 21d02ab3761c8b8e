package io.jbpf.link;

import static io.jbpf.link.LinkObject.callGetppid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.LoadOptions;
import io.jbpf.elf.BinaryFile;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class MultiProbeLinkTest {
    private static final Path LIBC = BinaryFile.locate("libc.so.6");
    private static final List<String> FUNCTIONS = List.of("__x64_sys_getppid", "__x64_sys_getpgid");

    @Test
    void aProgramRunsAtManyKernelFunctions(TestReporter reporter) throws IOException {
        if (KernelSupport.isMissing(
                KernelProbes.link(LinkFeature.KPROBE_MULTI), "kprobe.multi links (Linux 5.18)", reporter)) {
            // Such programs ask for cookies, which those kernels have not; a plain one shows the refusal.
            try (LinkObject object = LinkObject.load("on_kprobe")) {
                assertThatThrownBy(() -> KprobeMultiLink.attach(
                                object.program("on_kprobe"), FUNCTIONS, KprobeMultiLink.Options.ENTRY))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("5.18");
            }
            return;
        }
        try (LinkObject object = LinkObject.load("on_many_functions")) {
            KprobeMultiLink.Options cookies = KprobeMultiLink.Options.ENTRY.withCookies(List.of(11L, 12L));
            KprobeMultiLink link = KprobeMultiLink.attach(object.program("on_many_functions"), FUNCTIONS, cookies);
            callGetppid(10);
            assertThat(object.get("cookie")).isEqualTo(11);
            LinkObject.LIBC.getpgid(0);
            assertThat(object.get("cookie")).isEqualTo(12);
            assertThat(object.get("hits")).isEqualTo(11);
            assertThatThrownBy(() -> link.update(object.program("on_many_functions")))
                    .isInstanceOf(UnsupportedFeatureException.class);
            LinkObject.checkTypedOpening(link, KprobeMultiLink.class);
            callGetppid(10);
            assertThat(object.get("hits")).isEqualTo(11);
            assertThatThrownBy(() -> KprobeMultiLink.attach(
                            object.program("on_many_functions"), List.of("no_such"), KprobeMultiLink.Options.ENTRY))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("to no_such");
        }
    }

    @Test
    void aSessionRunsAtEntryAndReturn(TestReporter reporter) {
        try (LinkObject object = LinkObject.load(
                spec -> spec.withProgram("on_kprobe", p -> p.withAttachType(AttachType.TRACE_KPROBE_SESSION)),
                LoadOptions.DEFAULTS,
                "on_kprobe")) {
            try (Link link =
                    KprobeMultiLink.attach(object.program("on_kprobe"), FUNCTIONS, KprobeMultiLink.Options.SESSION)) {
                callGetppid(10);
            }
            assertThat(object.get("hits")).isEqualTo(20);
        } catch (UnsupportedFeatureException | SystemCallException e) {
            KernelSupport.lacks(reporter, "kprobe sessions (Linux 6.10): " + e.getMessage());
        }
    }

    @Test
    void aSessionRunsAtEntryAndReturnOfUserSpaceFunctions(TestReporter reporter) {
        try (LinkObject object = LinkObject.load(
                spec -> spec.withProgram("on_uprobe", p -> p.withAttachType(AttachType.TRACE_UPROBE_SESSION)),
                LoadOptions.DEFAULTS,
                "on_uprobe")) {
            try (Link link = UprobeMultiLink.attach(
                    object.program("on_uprobe"), LIBC, "getppid", UprobeMultiLink.Options.SESSION)) {
                callGetppid(10);
            }
            callGetppid(5);
            assertThat(object.get("hits")).isEqualTo(20);
        } catch (UnsupportedFeatureException | SystemCallException e) {
            KernelSupport.lacks(reporter, "uprobe sessions (Linux 6.13): " + e.getMessage());
        }
    }

    @Test
    void aProgramRunsAtManyUserSpaceFunctions(TestReporter reporter) throws IOException {
        if (KernelSupport.isMissing(
                KernelProbes.link(LinkFeature.UPROBE_MULTI), "uprobe.multi links (Linux 6.6)", reporter)) {
            try (LinkObject object = LinkObject.load("on_uprobe")) {
                assertThatThrownBy(() -> UprobeMultiLink.attach(
                                object.program("on_uprobe"), LIBC, "getppid", UprobeMultiLink.Options.ENTRY))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("6.6");
            }
            return;
        }
        try (LinkObject object = LinkObject.load("on_many_uprobes")) {
            BinaryFile libc = BinaryFile.read(LIBC);
            List<Long> places = List.of(libc.fileOffset("getppid"), libc.fileOffset("getpgid"));
            UprobeMultiLink link = UprobeMultiLink.attach(
                    object.program("on_many_uprobes"),
                    LIBC,
                    places,
                    UprobeMultiLink.Options.ENTRY.withCookies(List.of(21L, 22L)));
            callGetppid(10);
            assertThat(object.get("cookie")).isEqualTo(21);
            LinkObject.LIBC.getpgid(0);
            assertThat(object.get("cookie")).isEqualTo(22);
            assertThat(object.get("hits")).isEqualTo(11);
            LinkObject.checkTypedOpening(link, UprobeMultiLink.class);
            object.set("hits", 0);
            // getppid and getpgid, but neither getpid nor getpgrp.
            try (UprobeMultiLink returns = UprobeMultiLink.attach(
                    object.program("on_many_uprobes"), LIBC, "getp?*id", UprobeMultiLink.Options.RETURN)) {
                callGetppid(10);
            }
            callGetppid(5);
            assertThat(object.get("hits")).isEqualTo(10);
            assertThatThrownBy(() -> UprobeMultiLink.attach(
                            object.program("on_many_uprobes"), LIBC, "no_such*", UprobeMultiLink.Options.ENTRY))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("no function 'no_such*'");
        }
    }
}
