package io.jbpf.link;

import static io.jbpf.link.LinkObject.callGetppid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.error.VerifierException;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class BtfTracingLinkTest {
    private static final String COOKIES = "bpf_get_attach_cookie for these programs";
    private static final Path ACTIVE_LSMS = Path.of("/sys/kernel/security/lsm");
    private static final long COOKIE = 0x1234_5678_9abc_def0L;

    @Test
    void aBtfTracepointProgramRunsFromAttachToClose() {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint")) {
            try (TracingLink link = TracingLink.attach(object.program("on_btf_tracepoint"))) {
                callGetppid(100);
                assertThat(link.info().typeName()).isEqualTo("raw_tracepoint");
                assertThat(link.info().details())
                        .isInstanceOfSatisfying(RawTracepointLink.Info.class, info -> assertThat(info.tracepoint())
                                .isEqualTo("sys_enter"));
            }
            callGetppid(50);
            assertThat(object.get("hits")).isEqualTo(100);
        }
    }

    @Test
    void theAttachTypeMayBeTold() {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint")) {
            try (Link link = TracingLink.attach(object.program("on_btf_tracepoint"), AttachType.TRACE_RAW_TP, 0)) {
                callGetppid(10);
            }
            assertThat(object.get("hits")).isEqualTo(10);
        }
    }

    @Test
    void itsProgramStaysAndThatIsSaid() {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint");
                TracingLink link = TracingLink.attach(object.program("on_btf_tracepoint"))) {
            assertThatThrownBy(() -> link.update(object.program("on_btf_tracepoint")))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("replacing the program of a Tracing link");
            assertThatThrownBy(link::detach).isInstanceOf(UnsupportedFeatureException.class);
            callGetppid(1);
            assertThat(object.get("hits")).isEqualTo(1);
        }
    }

    @Test
    void aBtfTracepointHasACookie(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint_with_cookie");
                Link link = TracingLink.attach(
                        object.program("on_btf_tracepoint_with_cookie"), AttachType.TRACE_RAW_TP, COOKIE)) {
            callGetppid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
        } catch (VerifierException e) {
            KernelSupport.lacks(reporter, COOKIES + " (Linux 6.10): " + e.summary());
            try (LinkObject object = LinkObject.load("on_btf_tracepoint")) {
                assertThatThrownBy(() -> TracingLink.attach(
                                object.program("on_btf_tracepoint"), AttachType.TRACE_RAW_TP, COOKIE))
                        .isInstanceOf(UnsupportedFeatureException.class)
                        .hasMessageContaining("6.10");
            }
        }
    }

    @Test
    void aRawTracepointHasACookie(TestReporter reporter) {
        String name = "on_raw_tracepoint_with_cookie";
        try (LinkObject object = LinkObject.load(name);
                RawTracepointLink link = RawTracepointLink.attach(object.program(name), "sys_enter", COOKIE)) {
            callGetppid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
        } catch (VerifierException e) {
            KernelSupport.lacks(reporter, COOKIES + " (Linux 6.10): " + e.summary());
        }
    }

    @Test
    void aRawTracepointLinkComesBackAsOne() throws Exception {
        try (LinkObject object = LinkObject.load("on_btf_tracepoint")) {
            TracingLink link = TracingLink.attach(object.program("on_btf_tracepoint"));
            try (KernelLink found = KernelLink.openById(link.info().id())) {
                assertThat(found).isInstanceOf(RawTracepointLink.class);
            }
            int id = link.info().id();
            assertThatThrownBy(() -> KernelLink.openById(id, XdpLink.class))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("is a link of type raw_tracepoint, not a XdpLink");
            link.close();
        }
    }

    @Test
    void functionsAreSeenAtEntryAndExit(TestReporter reporter) throws Exception {
        try (LinkObject object = LinkObject.load("on_entry", "on_exit")) {
            TracingLink entry = TracingLink.attach(object.program("on_entry"));
            try (TracingLink exit = TracingLink.attach(object.program("on_exit"))) {
                callGetpgid(10);
                assertThat(exit.info().details())
                        .isInstanceOfSatisfying(TracingLink.Info.class, info -> assertThat(info.attachType())
                                .contains(AttachType.TRACE_FEXIT));
            }
            assertThat(object.get("hits")).isEqualTo(10);
            assertThat(object.get("returned")).isEqualTo(LinkObject.LIBC.getpgid(0));
            LinkObject.checkTypedOpening(entry, TracingLink.class);
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        }
    }

    @Test
    void aFunctionsEntryHasACookie(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("on_entry_with_cookie");
                Link link =
                        TracingLink.attach(object.program("on_entry_with_cookie"), AttachType.TRACE_FENTRY, COOKIE)) {
            callGetpgid(1);
            assertThat(object.get("cookie")).isEqualTo(COOKIE);
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        } catch (VerifierException e) {
            KernelSupport.lacks(reporter, COOKIES + " (Linux 5.19): " + e.summary());
        }
    }

    @Test
    void aFunctionsResultIsModified(TestReporter reporter) {
        int before = LinkObject.LIBC.getpgid(0);
        try (LinkObject object = LinkObject.load("modifies")) {
            try (Link link = TracingLink.attach(object.program("modifies"))) {
                assertThat(LinkObject.LIBC.getpgid(0)).isEqualTo(4711);
            }
            assertThat(LinkObject.LIBC.getpgid(0)).isEqualTo(before);
        } catch (VerifierException e) {
            assertThat(e.summary()).contains("is not modifiable");
            KernelSupport.lacks(reporter, "system calls whose result may be modified: " + e.summary());
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        }
    }

    @Test
    void aSecurityFunctionsResultIsModified(TestReporter reporter) {
        try (LinkObject object = LinkObject.load("refuses_netlink_sockets")) {
            RouteSocket.open().close();
            try (TracingLink link = TracingLink.attach(object.program("refuses_netlink_sockets"))) {
                assertThatThrownBy(RouteSocket::open)
                        .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                                .isEqualTo(Errno.EPERM));
                assertThat(link.info().details())
                        .isInstanceOfSatisfying(TracingLink.Info.class, info -> assertThat(info.attachType())
                                .contains(AttachType.MODIFY_RETURN));
            }
            RouteSocket.open().close();
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        }
    }

    @Test
    void aSecurityHookRefuses(TestReporter reporter) throws IOException {
        try (LinkObject object = LinkObject.load("refuses_netlink")) {
            if (Files.exists(ACTIVE_LSMS) && !Files.readString(ACTIVE_LSMS).contains("bpf")) {
                // Everything is accepted, and nobody calls the program.
                TracingLink.attach(object.program("refuses_netlink")).close();
                KernelSupport.lacks(reporter, "an active BPF LSM (lsm=…,bpf on the kernel's command line)");
                return;
            }
            try (Link link = TracingLink.attach(object.program("refuses_netlink"))) {
                assertThatThrownBy(RouteSocket::open)
                        .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                                .isEqualTo(Errno.EPERM));
            }
            RouteSocket.open().close();
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        }
    }

    @Test
    void aFunctionOfAnotherProgramIsReplaced(TestReporter reporter) {
        try (LinkObject target = LinkObject.load("asks");
                LinkObject object = LinkObject.load(
                        spec -> spec,
                        LoadOptions.DEFAULTS.withTargetProgram("better_answer", target.program("asks")),
                        "better_answer")) {
            assertThat(answer(target)).isEqualTo(42);
            try (TracingLink link =
                    TracingLink.replace(object.program("better_answer"), target.program("asks"), "answer")) {
                assertThat(answer(target)).isEqualTo(43);
                assertThat(link.info().programId())
                        .isEqualTo(object.program("better_answer").info().id());
            }
            assertThat(answer(target)).isEqualTo(42);
            assertThatThrownBy(() ->
                            TracingLink.replace(object.program("better_answer"), target.program("asks"), "no_such"))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("it has no such function");
        } catch (SystemCallException e) {
            lacksDirectCalls(reporter, e);
        }
    }

    private static void callGetpgid(int times) {
        for (int i = 0; i < times; i++) {
            LinkObject.LIBC.getpgid(0);
        }
    }

    private static int answer(LinkObject target) {
        return target.program("asks").testRun(new byte[64], 1).returned();
    }

    /** A kernel without ftrace's direct calls, or in lockdown, says so when the program is loaded. */
    private static void lacksDirectCalls(TestReporter reporter, SystemCallException e) {
        assertThat(e.call()).isEqualTo("bpf(BPF_PROG_LOAD)");
        assertThat(e.errno()).isEqualTo(Errno.EPERM);
        KernelSupport.lacks(reporter, "direct calls of ftrace, or BPF LSM: " + e.errno());
    }
}
