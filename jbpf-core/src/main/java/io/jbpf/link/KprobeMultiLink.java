package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.List;

/**
 * A program at many functions of the kernel at once, which takes no longer than one. {@code BPF_PROG_TYPE_KPROBE} loaded
 * for {@code BPF_TRACE_KPROBE_MULTI} (Linux 5.18), or for {@code BPF_TRACE_KPROBE_SESSION} (6.10): then it runs at entry
 * and return, and its answer at the entry says whether the return is wanted.
 */
public final class KprobeMultiLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_KPROBE_MULTI}. */
    static final int TYPE = 8;

    private static final int BPF_F_KPROBE_MULTI_RETURN = 1;

    KprobeMultiLink(Fd fd) {
        super(fd);
    }

    /**
     * How to attach.
     *
     * @param atReturn at the functions' returns instead of their entries
     * @param session whether the program was loaded for a session
     * @param cookies a number for each function that the program can ask for, {@code bpf_get_attach_cookie}; or none
     */
    public record Options(boolean atReturn, boolean session, List<Long> cookies) {
        /** At the entries, without cookies. */
        public static final Options ENTRY = new Options(false, false, List.of());

        /** At the returns, without cookies. */
        public static final Options RETURN = new Options(true, false, List.of());

        /** Both, for a program that was loaded for it. */
        public static final Options SESSION = new Options(false, true, List.of());

        /** {@return the same with cookies} */
        public Options withCookies(List<Long> newCookies) {
            return new Options(atReturn, session, List.copyOf(newCookies));
        }
    }

    /**
     * Attaches a program to functions. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code KPROBE}, loaded for the attach type
     * @param functions symbols of the kernel or of modules
     * @param options where in them, and with what numbers
     * @throws UnsupportedFeatureException if the kernel has no such links
     * @throws SystemCallException ESRCH if one of the functions does not exist or cannot be probed, or another refusal
     */
    public static KprobeMultiLink attach(BpfProgram program, List<String> functions, Options options) {
        if (functions.isEmpty()
                || !(options.cookies().isEmpty() || options.cookies().size() == functions.size())) {
            throw new IllegalArgumentException(
                    functions.size() + " functions and " + options.cookies().size() + " cookies");
        }
        String what = "program '" + program.name() + "' to "
                + (functions.size() == 1 ? functions.get(0) : functions.size() + " kernel functions");
        NativeMemory names = NativeMemory.cString(String.join("\0", functions));
        NativeMemory symbols = NativeMemory.allocate(functions.size() * Long.BYTES);
        long at = names.address();
        for (int i = 0; i < functions.size(); i++) {
            symbols.buffer().putLong(i * Long.BYTES, at);
            at += NativeMemory.cString(functions.get(i)).size();
        }
        Bpf bpf = Bpf.with(program.fd().calls());
        AttachType type = options.session() ? AttachType.TRACE_KPROBE_SESSION : AttachType.TRACE_KPROBE_MULTI;
        int result = bpf.links()
                .create(
                        program.fd(),
                        0,
                        type.number(),
                        0,
                        LinkParameters.kprobeMulti(
                                options.atReturn() ? BPF_F_KPROBE_MULTI_RETURN : 0,
                                functions.size(),
                                symbols,
                                names,
                                UprobeMultiLink.longs(options.cookies())));
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.KPROBE_MULTI, hint(new Errno(-result), type));
        }
        return new KprobeMultiLink(bpf.own(result, what));
    }

    private static String hint(Errno errno, AttachType type) {
        if (errno.equals(Errno.ESRCH)) {
            return "one of the functions does not exist or cannot be probed; see available_filter_functions in tracefs";
        }
        return errno.equals(Errno.EINVAL) ? "was the program loaded for " + type.kernelName() + "?" : "";
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param count of the functions (Linux 6.6, else 0)
     * @param atReturn whether it is at their returns (Linux 6.6)
     * @param missed runs that were left out because the program was running already (Linux 6.7)
     */
    public record Info(int count, boolean atReturn, long missed) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.kprobe_multi");

        static {
            LAYOUT.u64("addrs");
        }

        private static final Field COUNT = LAYOUT.u32("count");
        private static final Field FLAGS = LAYOUT.u32("flags");
        private static final Field MISSED = LAYOUT.u64("missed");

        static Info of(RawLinkInfo info) {
            return new Info(
                    info.getInt(COUNT), (info.getInt(FLAGS) & BPF_F_KPROBE_MULTI_RETURN) != 0, info.get(MISSED));
        }

        @Override
        public String target() {
            return count == 0 ? "" : count + " functions";
        }
    }
}
