package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;
import java.lang.ref.Reference;

/**
 * A program at a function of the kernel: at its entry, at an instruction in it, or at its return. {@code
 * BPF_PROG_TYPE_KPROBE}, Linux 4.17 (as perf events; before, through tracefs, which is not done here); a link with pin and
 * info from 5.15.
 */
public final class KprobeLink extends PerfEventLink {
    private KprobeLink(Attached attached) {
        super(attached);
    }

    /**
     * How to attach.
     *
     * @param atReturn at the function's return instead of its entry: a kretprobe
     * @param offset of the instruction in the function, in bytes; 0 is its entry
     * @param cookie a number that the program can ask for, {@code bpf_get_attach_cookie} (Linux 5.15); 0 is none
     */
    public record Options(boolean atReturn, long offset, long cookie) {
        /** At the entry, without a cookie. */
        public static final Options ENTRY = new Options(false, 0, 0);

        /** At the return, without a cookie. */
        public static final Options RETURN = new Options(true, 0, 0);

        /** {@return the same with a cookie} */
        public Options withCookie(long newCookie) {
            return new Options(atReturn, offset, newCookie);
        }

        /** {@return the same at another instruction} */
        public Options withOffset(long newOffset) {
            return new Options(atReturn, newOffset, cookie);
        }
    }

    /**
     * Attaches a program to a function. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}
     * @param function a symbol of the kernel or of a module: {@code do_nanosleep}
     * @param options where in it, and with what number
     * @throws UnsupportedFeatureException if the kernel has no kprobes, or no cookies
     * @throws SystemCallException ENOENT if there is no such function, EINVAL if it cannot be probed, EADDRNOTAVAIL if
     *     several have the name
     */
    public static KprobeLink attach(BpfProgram program, String function, Options options) {
        String what = "program '" + program.name() + "' to " + (options.atReturn() ? "kretprobe " : "kprobe ")
                + function + (options.offset() == 0 ? "" : "+0x" + Long.toHexString(options.offset()));
        NativeMemory name = NativeMemory.cString(function);
        NativeMemory attr = ProbePmu.attr("kprobe", options.atReturn())
                .set(PerfEventAttr.CONFIG1, name.address())
                .set(PerfEventAttr.CONFIG2, options.offset());
        try {
            return new KprobeLink(attach(program, attr, -1, 0, options.cookie(), what, KprobeLink::hint));
        } finally {
            Reference.reachabilityFence(name);
        }
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.ENOENT)) {
            return "the kernel has no such function; see /proc/kallsyms";
        }
        return errno.equals(Errno.EINVAL)
                ? "the function cannot be probed there: it is inlined, marked notrace, or the offset is no instruction"
                : "";
    }
}
