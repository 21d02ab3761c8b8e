package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * The program that sees an interface's packets first, in the driver. {@code BPF_PROG_TYPE_XDP}, Linux 5.9; before,
 * {@link XdpAttachment}. An interface has room for one, in each mode; a link's program cannot be replaced through
 * netlink. The link ends when the interface does.
 */
public final class XdpLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_XDP}. */
    static final int TYPE = 6;

    XdpLink(Fd fd) {
        super(fd);
    }

    /**
     * Attaches a program, in the driver if it can, else in the generic code. Needs CAP_NET_ADMIN, in the calling thread's
     * network namespace.
     *
     * @param program of type {@code XDP}
     * @param interfaceIndex the interface, by its index in the calling thread's network namespace
     * @throws UnsupportedFeatureException if the kernel has no XDP links
     * @throws SystemCallException EBUSY or EEXIST if a program is there already, or another refusal
     */
    public static XdpLink attach(BpfProgram program, int interfaceIndex) {
        return attach(program, interfaceIndex, XdpMode.ANY);
    }

    /**
     * Attaches a program in a given mode. Needs CAP_NET_ADMIN, in the calling thread's network namespace.
     *
     * @param program of type {@code XDP}
     * @param interfaceIndex the interface, by its index in the calling thread's network namespace
     * @param mode where the program is to run
     * @throws UnsupportedFeatureException if the kernel has no XDP links
     * @throws SystemCallException EBUSY or EEXIST if a program is there already, EOPNOTSUPP if the driver has no such mode,
     *     or another refusal
     */
    public static XdpLink attach(BpfProgram program, int interfaceIndex, XdpMode mode) {
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to XDP of interface " + interfaceIndex + " (" + mode + ")";
        int result = bpf.links().create(program.fd(), interfaceIndex, AttachType.XDP.number(), mode.flag());
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.XDP, hint(new Errno(-result), interfaceIndex));
        }
        return new XdpLink(bpf.own(result, what));
    }

    /** Advice for refusals; who is there already is looked up now. */
    private static String hint(Errno errno, int interfaceIndex) {
        if (errno.equals(Errno.EBUSY) || errno.equals(Errno.EEXIST)) {
            try (RouteSocket socket = RouteSocket.open()) {
                return socket.xdp(socket.interfaces().get(interfaceIndex)).programs() + " there already";
            } catch (BpfException e) {
                return "another program is there already";
            }
        }
        if (errno.equals(Errno.EOPNOTSUPP)) {
            return "the interface's driver has no such mode; XdpMode.GENERIC works everywhere";
        }
        return errno.equals(Errno.EINVAL) ? "is there an interface of that index in this network namespace?" : "";
    }

    /**
     * What the kernel says of such a link.
     *
     * @param interfaceIndex the interface, in its network namespace; 0 once it is gone or the link is detached
     */
    public record Info(int interfaceIndex) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.xdp");
        private static final Field IFINDEX = LAYOUT.u32("ifindex");

        static Info of(RawLinkInfo info) {
            return new Info(info.getInt(IFINDEX));
        }

        @Override
        public String target() {
            return "ifindex " + interfaceIndex;
        }
    }
}
