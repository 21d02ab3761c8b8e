package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.util.Optional;

/**
 * A program at an interface's traffic control hook, among others: each runs in turn until one answers something other
 * than {@code TCX_NEXT} (-1). {@code BPF_PROG_TYPE_SCHED_CLS} loaded with {@code BPF_TCX_INGRESS} or
 * {@code BPF_TCX_EGRESS}, Linux 6.6. The link ends when the interface does. Who else is there, and in what order,
 * {@link AttachedPrograms#ofTcx} tells.
 */
public final class TcxLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_TCX}. */
    static final int TYPE = 11;

    TcxLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param program of type {@code SCHED_CLS}, loaded for the attach type
     * @param interfaceIndex the interface, by its index in the calling thread's network namespace
     * @param direction {@link AttachType#TCX_INGRESS} or {@link AttachType#TCX_EGRESS}
     * @throws UnsupportedFeatureException if the kernel has no TCX
     * @throws SystemCallException ENODEV if there is no such interface, or another refusal
     */
    public static TcxLink attach(BpfProgram program, int interfaceIndex, AttachType direction) {
        return attach(program, interfaceIndex, direction, Anchor.LAST);
    }

    /**
     * Attaches a program at a place among those that are there. Needs CAP_NET_ADMIN.
     *
     * @param program of type {@code SCHED_CLS}, loaded for the attach type
     * @param interfaceIndex the interface, by its index in the calling thread's network namespace
     * @param direction {@link AttachType#TCX_INGRESS} or {@link AttachType#TCX_EGRESS}
     * @param anchor where
     * @throws UnsupportedFeatureException if the kernel has no TCX
     * @throws SystemCallException ESTALE if the anchor's revision no longer holds, ENOENT if its neighbour is not there; and
     *     as {@link #attach(BpfProgram, int, AttachType)}
     */
    public static TcxLink attach(BpfProgram program, int interfaceIndex, AttachType direction, Anchor anchor) {
        if (direction != AttachType.TCX_INGRESS && direction != AttachType.TCX_EGRESS) {
            throw new IllegalArgumentException(direction + " is not a TCX hook");
        }
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to " + direction + " of interface " + interfaceIndex;
        int result = anchor.use(parameters ->
                bpf.links().create(program.fd(), interfaceIndex, direction.number(), anchor.flags(), parameters));
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.TCX, hint(new Errno(-result), direction));
        }
        return new TcxLink(bpf.own(result, what));
    }

    private static String hint(Errno errno, AttachType direction) {
        if (errno.equals(Errno.ENODEV)) {
            return "no interface of that index is in this network namespace";
        }
        if (errno.equals(Errno.EINVAL)) {
            return "the program must be loaded for " + direction + " (section tcx/…, or withAttachType())";
        }
        if (errno.equals(Errno.ENOENT)) {
            return "the link or program that it was to be beside is not attached there";
        }
        return errno.equals(Errno.ESTALE) ? "somebody has attached or detached a program since" : "";
    }

    /**
     * Looks whether the program is at its interface still, in one cheap system call; the link's holder does not notice
     * otherwise.
     *
     * @return false once the interface is gone, or somebody has detached the link
     * @throws SystemCallException if the kernel does not tell
     */
    public boolean isAttached() {
        return RawLinkInfo.look(fd(), Info.IFINDEX) != 0;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param interfaceIndex the interface, in its network namespace; 0 once it is gone or the link is detached
     * @param direction the hook, if this version knows it
     */
    public record Info(int interfaceIndex, Optional<AttachType> direction) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.tcx");
        private static final Field IFINDEX = LAYOUT.u32("ifindex");
        private static final Field ATTACH_TYPE = LAYOUT.u32("attach_type");

        static Info of(RawLinkInfo info) {
            return new Info(info.getInt(IFINDEX), AttachType.of(info.getInt(ATTACH_TYPE)));
        }

        @Override
        public String target() {
            return "ifindex " + interfaceIndex;
        }
    }
}
