package io.jbpf.link;

import io.jbpf.btf.BtfKind;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.kernel.KernelTypes;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.LinkParameters;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A program where it was loaded for: the entry or exit of a function ({@code fentry}, {@code fexit}, {@code fmod_ret}), a
 * BTF tracepoint ({@code tp_btf}), a hook of the Linux security modules ({@code lsm}); or in place of another program's
 * function ({@code freplace}). {@code BPF_PROG_TYPE_TRACING}, {@code LSM} and {@code EXT}; Linux 5.5, LSM 5.7. Its program
 * cannot be replaced in place.
 */
public final class TracingLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_TRACING}. */
    static final int TYPE = 2;

    /** {@code BPF_FUNC_get_attach_cookie}. */
    private static final int GET_ATTACH_COOKIE = 174;

    TracingLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program where it was loaded for. Needs CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN.
     *
     * @param program of type {@code TRACING} (but no iterator: {@link IteratorLink}), {@code LSM} or {@code EXT}
     * @throws SystemCallException EBUSY if what it replaces is replaced already, or another refusal
     */
    public static TracingLink attach(BpfProgram program) {
        Bpf bpf = Bpf.with(program.fd().calls());
        // Every kernel that loads such a program attaches it so, and wants to be told nothing more.
        return new TracingLink(bpf.links().rawTracepointOpen(program.fd(), "", what(program)));
    }

    /**
     * Attaches a program where it was loaded for, with a number that it can ask for: {@code bpf_get_attach_cookie}. Linux
     * 5.19; for BTF tracepoints 6.10.
     *
     * @param program of type {@code TRACING} (but no iterator) or {@code LSM}
     * @param attachType what it was loaded with
     * @param cookie the number; 0 is none
     * @throws UnsupportedFeatureException if the kernel has no cookies for these
     * @throws SystemCallException as {@link #attach(BpfProgram)}
     */
    public static TracingLink attach(BpfProgram program, AttachType attachType, long cookie) {
        Bpf bpf = Bpf.with(program.fd().calls());
        boolean tracepoint = attachType == AttachType.TRACE_RAW_TP;
        if (tracepoint && cookie != 0 && losesCookies()) {
            throw new UnsupportedFeatureException("attach cookies for " + attachType.kernelName(), "6.10", null);
        }
        int result = bpf.links().create(program.fd(), 0, attachType.number(), 0, LinkParameters.tracing(0, cookie));
        if (result >= 0) {
            return new TracingLink(bpf.own(result, what(program)));
        }
        SystemCallException refusal = Refusal.call(what(program), Refusal.LINK_CREATE, result, "");
        if (!refusal.errno().equals(Errno.EINVAL)) {
            throw refusal;
        }
        if (cookie == 0) {
            return attach(program);
        }
        throw new UnsupportedFeatureException(
                "attach cookies for " + attachType.kernelName(), tracepoint ? "6.10" : "5.19", refusal);
    }

    /**
     * Kernels that know links for BTF tracepoints, but no cookies there, take one and forget it. Programs of raw tracepoints
     * were given the helper in the same version.
     */
    private static boolean losesCookies() {
        return KernelProbes.helper(ProgramType.RAW_TRACEPOINT, GET_ATTACH_COOKIE)
                .isUnsupported();
    }

    private static String what(BpfProgram program) {
        return "program '" + program.name() + "' to what it was loaded for";
    }

    /**
     * Puts a program in the place of a function of another one, until the link is closed. Linux 5.10.
     *
     * @param replacement of type {@code EXT}, loaded for a function with the same parameters
     * @param target the program whose function it replaces
     * @param function the name of a global function in it
     * @throws BpfException if the target has no such function
     * @throws SystemCallException EBUSY if the function is replaced already, EINVAL if the parameters differ
     */
    public static TracingLink replace(BpfProgram replacement, BpfProgram target, String function) {
        String what = "program '" + replacement.name() + "' in place of function '" + function + "' of program '"
                + target.name() + "'";
        int btfId = target.info().btfId();
        OptionalInt typeId =
                btfId == 0 ? OptionalInt.empty() : KernelTypes.ofId(btfId).find(function, BtfKind.FUNC);
        if (typeId.isEmpty()) {
            throw new BpfException("cannot attach " + what + ": "
                    + (btfId == 0 ? "it was loaded without BTF" : "it has no such function"));
        }
        Bpf bpf = Bpf.with(replacement.fd().calls());
        int targetFd = target.fd().acquire();
        try {
            int result =
                    bpf.links().create(replacement.fd(), targetFd, 0, 0, LinkParameters.tracing(typeId.getAsInt(), 0));
            if (result < 0) {
                boolean busy = result == -Errno.EBUSY.number();
                throw Refusal.call(what, Refusal.LINK_CREATE, result, busy ? "the function is replaced already" : "");
            }
            return new TracingLink(bpf.own(result, what));
        } finally {
            target.fd().release();
        }
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param attachType where, if this version knows it
     * @param targetObjectId the program that it is attached to, or the BTF of the kernel or module (Linux 5.13, else 0)
     * @param targetBtfId the function's id there (Linux 5.13, else 0)
     * @param cookie the number it was attached with (Linux 6.15), 0 for none
     */
    public record Info(Optional<AttachType> attachType, int targetObjectId, int targetBtfId, long cookie)
            implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.tracing");
        private static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");
        private static final Field TARGET_OBJ_ID = LAYOUT.u32("target_obj_id");
        private static final Field TARGET_BTF_ID = LAYOUT.u32("target_btf_id");
        /** Behind four bytes of padding. */
        private static final Field COOKIE = LAYOUT.u64("cookie");

        static Info of(RawLinkInfo info) {
            return new Info(
                    AttachType.of(info.getInt(ATTACH_TYPE)),
                    info.getInt(TARGET_OBJ_ID),
                    info.getInt(TARGET_BTF_ID),
                    info.get(COOKIE));
        }

        @Override
        public String target() {
            return targetBtfId == 0 ? "" : "BTF type " + targetBtfId + " of object " + targetObjectId;
        }
    }
}
