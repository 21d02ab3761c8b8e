package io.jbpf.link;

import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.fs.TraceFs;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.PerfEventAttr;

/**
 * A program on a tracepoint by way of a perf event: it gets the record that the tracepoint's {@code format} file
 * describes, the same on every kernel. {@code BPF_PROG_TYPE_TRACEPOINT}, Linux 4.7; a link with pin and info from 5.15. It
 * runs on every CPU for every process.
 */
public final class TracepointLink extends PerfEventLink {
    private static final int PERF_TYPE_TRACEPOINT = 2;

    private TracepointLink(Attached attached) {
        super(attached);
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
        return attach(program, category, name, 0);
    }

    /**
     * Attaches a program with a number that it can ask for: {@code bpf_get_attach_cookie}. Linux 5.15.
     *
     * @param program of type {@code TRACEPOINT}
     * @param category the tracepoint's directory in tracefs
     * @param name the tracepoint
     * @param cookie the number; 0 is none
     * @throws UnsupportedFeatureException if the kernel has no cookies
     * @throws io.jbpf.error.BpfException as {@link #attach(BpfProgram, String, String)}
     */
    public static TracepointLink attach(BpfProgram program, String category, String name, long cookie) {
        String what = "program '" + program.name() + "' to tracepoint " + category + "/" + name;
        int id = TraceFs.mounted().tracepointId(category, name);
        // A tracepoint's programs hang on the tracepoint, not on the event's CPU: one event on CPU 0 sees every CPU
        // (kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog).
        return new TracepointLink(
                attach(program, PerfEventAttr.of(PERF_TYPE_TRACEPOINT, id), -1, 0, cookie, what, errno -> ""));
    }
}
