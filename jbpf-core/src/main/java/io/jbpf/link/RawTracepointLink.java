package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * A program on a raw tracepoint: it gets the tracepoint's arguments as they are, which costs less than a perf tracepoint.
 * {@code BPF_PROG_TYPE_RAW_TRACEPOINT}, Linux 4.17; pinnable from 5.7. Its program cannot be replaced in place: the
 * kernel answers EINVAL to an update. The kernel counts programs on BTF tracepoints ({@link TracingLink}) among these.
 */
public final class RawTracepointLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_RAW_TRACEPOINT}. */
    static final int TYPE = 1;

    RawTracepointLink(Fd fd) {
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
        return attach(program, tracepoint, 0);
    }

    /**
     * Attaches a program with a number that it can ask for: {@code bpf_get_attach_cookie}. Linux 6.10.
     *
     * @param program of type {@code RAW_TRACEPOINT}
     * @param tracepoint its name without a category
     * @param cookie the number; 0 is none
     * @throws UnsupportedFeatureException if the kernel has no cookies for raw tracepoints
     * @throws SystemCallException as {@link #attach(BpfProgram, String)}
     */
    public static RawTracepointLink attach(BpfProgram program, String tracepoint, long cookie) {
        String what = "program '" + program.name() + "' to raw tracepoint " + tracepoint;
        Bpf bpf = Bpf.with(program.fd().calls());
        try {
            return new RawTracepointLink(bpf.links().rawTracepointOpen(program.fd(), tracepoint, cookie, what));
        } catch (SystemCallException e) {
            // What is not zero behind what the kernel knows of the command is EINVAL (kernel/bpf/syscall.c,
            // CHECK_ATTR).
            if (cookie != 0 && e.errno().equals(Errno.EINVAL)) {
                throw new UnsupportedFeatureException("attach cookies for raw tracepoints", "6.10", e);
            }
            throw e;
        }
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param tracepoint its name: {@code sys_enter}
     * @param cookie the number it was attached with (Linux 6.15), 0 for none
     */
    public record Info(String tracepoint, long cookie) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.raw_tracepoint");
        private static final Field TP_NAME = LAYOUT.u64("tp_name");
        private static final Field TP_NAME_LEN = LAYOUT.u32("tp_name_len");
        /** Behind four bytes of padding. */
        private static final Field COOKIE = LAYOUT.u64("cookie");

        static Info of(RawLinkInfo info) {
            return new Info(info.text(TP_NAME, TP_NAME_LEN), info.get(COOKIE));
        }

        @Override
        public String target() {
            return tracepoint;
        }
    }
}
