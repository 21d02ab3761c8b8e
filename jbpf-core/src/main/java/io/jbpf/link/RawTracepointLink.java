package io.jbpf.link;

import io.jbpf.error.SystemCallException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;

/**
 * A program on a raw tracepoint: it gets the tracepoint's arguments as they are, which costs less than a perf tracepoint.
 * {@code BPF_PROG_TYPE_RAW_TRACEPOINT}, Linux 4.17; pinnable from 5.7. Its program cannot be replaced in place: the
 * kernel answers EINVAL to an update.
 */
public final class RawTracepointLink extends KernelLink {
    private RawTracepointLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code RAW_TRACEPOINT}
     * @param tracepoint its name without a category: {@code sys_enter}, {@code sched_process_fork}
     * @throws SystemCallException ENOENT if there is no such tracepoint, or another refusal
     */
    public static RawTracepointLink attach(BpfProgram program, String tracepoint) {
        String what = "program '" + program.name() + "' to raw tracepoint " + tracepoint;
        return new RawTracepointLink(Bpf.with(program.fd().calls()).rawTracepointOpen(program.fd(), tracepoint, what));
    }
}
