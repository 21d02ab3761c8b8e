package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.TraceFs;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.Privileges;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import io.jbpf.sys.SystemCalls;

/**
 * A program on a tracepoint by way of a perf event: it gets the record that the tracepoint's {@code format} file
 * describes, the same on every kernel. {@code BPF_PROG_TYPE_TRACEPOINT}, Linux 4.7. It runs on every CPU for every
 * process, and ends with this link.
 */
public final class TracepointLink implements Link {
    // linux/perf_event.h
    private static final int PERF_TYPE_TRACEPOINT = 2;
    private static final int PERF_FLAG_FD_CLOEXEC = 8;
    private static final int PERF_EVENT_IOC_ENABLE = 0x2400;
    private static final int PERF_EVENT_IOC_SET_BPF = 0x4004_2408;

    private final Fd event;

    private TracepointLink(Fd event) {
        this.event = event;
    }

    /**
     * Attaches a program. Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8, and read access to tracefs.
     *
     * @param program of type {@code TRACEPOINT}
     * @param category the tracepoint's directory in tracefs: {@code syscalls}
     * @param name the tracepoint: {@code sys_enter_openat}
     * @throws io.jbpf.error.BpfException if there is no such tracepoint, or the kernel refuses
     */
    public static TracepointLink attach(BpfProgram program, String category, String name) {
        SystemCalls calls = program.fd().calls();
        String what = "program '" + program.name() + "' to tracepoint " + category + "/" + name;
        NativeMemory attr = NativeMemory.allocate(PerfEventAttr.LAYOUT.size())
                .set(PerfEventAttr.TYPE, PERF_TYPE_TRACEPOINT)
                .set(PerfEventAttr.SIZE, PerfEventAttr.LAYOUT.size())
                .set(PerfEventAttr.CONFIG, TraceFs.mounted().tracepointId(category, name));
        // A tracepoint's programs hang on the tracepoint, not on the event's CPU: one event on CPU 0 sees every CPU
        // (kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog).
        int opened = calls.perfEventOpen(attr.address(), -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
        check(opened, what, "perf_event_open");
        Fd event = Fd.own(calls, opened, what);
        try {
            int programFd = program.fd().acquire();
            try {
                check(calls.ioctl(opened, PERF_EVENT_IOC_SET_BPF, programFd), what, "ioctl(PERF_EVENT_IOC_SET_BPF)");
            } finally {
                program.fd().release();
            }
            check(calls.ioctl(opened, PERF_EVENT_IOC_ENABLE, 0), what, "ioctl(PERF_EVENT_IOC_ENABLE)");
            return new TracepointLink(event);
        } catch (RuntimeException | Error e) {
            event.close();
            throw e;
        }
    }

    private static void check(int result, String what, String call) {
        if (result < 0) {
            Errno errno = new Errno(-result);
            boolean forbidden = errno.equals(Errno.EACCES) || errno.equals(Errno.EPERM);
            throw new SystemCallException("attach " + what, call, errno, forbidden ? Privileges.NEEDED : "");
        }
    }

    @Override
    public String description() {
        return event.what();
    }

    @Override
    public void close() {
        event.close();
    }

    @Override
    public String toString() {
        return event.toString();
    }

    /** {@code struct perf_event_attr} as first published (PERF_ATTR_SIZE_VER0, 64 bytes). */
    private static final class PerfEventAttr {
        static final StructLayout LAYOUT = new StructLayout("perf_event_attr");
        static final Field TYPE = LAYOUT.u32("type");
        static final Field SIZE = LAYOUT.u32("size");
        static final Field CONFIG = LAYOUT.u64("config");

        static {
            LAYOUT.u64("sample_period");
            LAYOUT.u64("sample_type");
            LAYOUT.u64("read_format");
            LAYOUT.u64("flags");
            LAYOUT.u32("wakeup_events");
            LAYOUT.u32("bp_type");
            LAYOUT.u64("bp_addr");
        }

        private PerfEventAttr() {}
    }
}
