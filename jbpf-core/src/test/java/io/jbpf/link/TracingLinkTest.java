package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.BpfObject;
import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.Codec;
import io.jbpf.object.ObjectSpec;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.Waits;
import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.Platform;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class TracingLinkTest {
    private static final POSIX LIBC = POSIXFactory.getNativePOSIX();
    private static final int RAW_TRACEPOINT = 0;
    private static final int TRACEPOINT = 1;

    private final BpfObject object = BpfObject.load(spec());

    private static ObjectSpec spec() {
        boolean x86 = Platform.getNativePlatform().getCPU() == Platform.CPU.X86_64;
        return TestObjects.read("attach")
                .withVariable("watched_tgid", ProcessHandle.current().pid())
                .withVariable("watched_syscall", x86 ? 110 : 173); // getppid
    }

    @AfterEach
    void close() {
        object.close();
    }

    @Test
    void aRawTracepointProgramRunsFromAttachToClose() {
        try (Link link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
            assertThat(link.description()).isEqualTo("program 'on_raw_tracepoi' to raw tracepoint sys_enter");
            callGetppid(100);
        }
        callGetppid(50);
        assertThat(hits(RAW_TRACEPOINT)).isEqualTo(100);
    }

    @Test
    void aTracepointProgramRunsFromAttachToClose() {
        try (Link link = TracepointLink.attach(object.program("on_tracepoint"), "raw_syscalls", "sys_enter")) {
            assertThat(link.description()).endsWith("to tracepoint raw_syscalls/sys_enter");
            callGetppid(100);
        }
        callGetppid(50);
        assertThat(hits(TRACEPOINT)).isEqualTo(100);
    }

    @Test
    void aPinnedLinkGoesOnWithoutItsOwner() throws Exception {
        Path pin =
                BpfFs.mounted().pin("jbpf_test_link_" + ProcessHandle.current().pid());
        try {
            try (RawTracepointLink link = RawTracepointLink.attach(object.program("on_raw_tracepoint"), "sys_enter")) {
                link.pin(pin);
            }
            callGetppid(10);
            assertThat(hits(RAW_TRACEPOINT)).isEqualTo(10);
            try (FoundLink found = FoundLink.openPinned(pin)) {
                LinkInfo info = found.info();
                assertThat(info.typeName()).isEqualTo("raw_tracepoint");
                assertThat(info.target()).isEqualTo("sys_enter");
                assertThat(info.programId())
                        .isEqualTo(object.program("on_raw_tracepoint").info().id());
                assertThat(KernelObjects.links()).contains(info);
            }
        } finally {
            Files.deleteIfExists(pin);
        }
        // The kernel lets go of what an unlinked pin held a little later.
        Waits.until(() -> {
            long before = hits(RAW_TRACEPOINT);
            callGetppid(1);
            return hits(RAW_TRACEPOINT) == before;
        });
    }

    @Test
    void aTracepointThatDoesNotExistIsNamed() {
        assertThatThrownBy(() -> RawTracepointLink.attach(object.program("on_raw_tracepoint"), "no_such"))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining("to raw tracepoint no_such")
                .hasMessageContaining("available_events");
        assertThatThrownBy(() -> TracepointLink.attach(object.program("on_tracepoint"), "no", "such"))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("there is no tracepoint no/such");
    }

    private static void callGetppid(int times) {
        for (int i = 0; i < times; i++) {
            LIBC.getppid();
        }
    }

    private long hits(int slot) {
        return object.map("hits")
                .perCpu(Codec.u32(), Codec.u64())
                .merged(slot, Long::sum)
                .orElseThrow();
    }
}
