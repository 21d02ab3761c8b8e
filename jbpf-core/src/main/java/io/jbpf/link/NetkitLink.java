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
 * A program at one side of a netkit pair, among others: it sees what that side sends, before the other side has it. Each
 * runs in turn until one answers something other than {@code NETKIT_NEXT} (-1). {@code BPF_PROG_TYPE_SCHED_CLS} loaded with
 * {@code BPF_NETKIT_PRIMARY} or {@code BPF_NETKIT_PEER}, Linux 6.7. The link ends when the interface does. Who else is
 * there, and in what order, {@link AttachedPrograms#ofNetkit} tells.
 */
public final class NetkitLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_NETKIT}. */
    static final int TYPE = 13;

    NetkitLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program behind those that are there. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param program of type {@code SCHED_CLS}, loaded for the attach type
     * @param interfaceIndex the primary side, for either attach type, by its index in the calling thread's network namespace
     * @param side {@link AttachType#NETKIT_PRIMARY} or {@link AttachType#NETKIT_PEER}
     * @throws UnsupportedFeatureException if the kernel has no netkit
     * @throws SystemCallException ENODEV if there is no such interface, ENXIO if it is no netkit, EACCES if it is the peer's
     *     side, or another refusal
     */
    public static NetkitLink attach(BpfProgram program, int interfaceIndex, AttachType side) {
        return attach(program, interfaceIndex, side, Anchor.LAST);
    }

    /**
     * Attaches a program at a place among those that are there. Needs CAP_NET_ADMIN.
     *
     * @param program of type {@code SCHED_CLS}, loaded for the attach type
     * @param interfaceIndex the primary side, for either attach type, by its index in the calling thread's network namespace
     * @param side {@link AttachType#NETKIT_PRIMARY} or {@link AttachType#NETKIT_PEER}
     * @param anchor where
     * @throws UnsupportedFeatureException if the kernel has no netkit
     * @throws SystemCallException ESTALE if the anchor's revision no longer holds, ENOENT if its neighbour is not there; and
     *     as {@link #attach(BpfProgram, int, AttachType)}
     */
    public static NetkitLink attach(BpfProgram program, int interfaceIndex, AttachType side, Anchor anchor) {
        if (side != AttachType.NETKIT_PRIMARY && side != AttachType.NETKIT_PEER) {
            throw new IllegalArgumentException(side + " is not a side of a netkit pair");
        }
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to " + side + " of interface " + interfaceIndex;
        int result = anchor.use(parameters ->
                bpf.links().create(program.fd(), interfaceIndex, side.number(), anchor.flags(), parameters));
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.NETKIT, hint(new Errno(-result)));
        }
        return new NetkitLink(bpf.own(result, what));
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.ENODEV)) {
            return "no interface of that index is in this network namespace";
        }
        if (errno.equals(Errno.ENXIO)) {
            return "the interface is no netkit";
        }
        if (errno.equals(Errno.EACCES)) {
            return "the interface is the peer's side: programs of either side are attached by the primary's";
        }
        if (errno.equals(Errno.EINVAL)) {
            return "is the program of type SCHED_CLS?";
        }
        if (errno.equals(Errno.ENOENT)) {
            return "the link or program that it was to be beside is not attached there";
        }
        return errno.equals(Errno.ESTALE) ? "somebody has attached or detached a program since" : "";
    }

    /**
     * What the kernel says of such a link.
     *
     * @param interfaceIndex the primary side, in its network namespace; 0 once it is gone or the link is detached
     * @param side the hook, if this version knows it
     */
    public record Info(int interfaceIndex, Optional<AttachType> side) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.netkit");
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
