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
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/**
 * A program at a netfilter hook, where iptables and nftables sit, in the calling thread's network namespace. {@code
 * BPF_PROG_TYPE_NETFILTER}, Linux 6.4. Its program cannot be replaced in place.
 */
public final class NetfilterLink extends KernelLink {
    /** {@code BPF_LINK_TYPE_NETFILTER}. */
    static final int TYPE = 10;

    private static final int BPF_F_NETFILTER_IP_DEFRAG = 1;

    NetfilterLink(Fd fd) {
        super(fd);
    }

    /** Where a packet is on its way: {@code enum nf_inet_hooks} of linux/netfilter.h. */
    public enum Hook {
        /** It has come in. */
        PRE_ROUTING(0),
        /** It is for this machine. */
        LOCAL_IN(1),
        /** It is passed on. */
        FORWARD(2),
        /** It is from this machine. */
        LOCAL_OUT(3),
        /** It goes out. */
        POST_ROUTING(4);

        private final int number;

        Hook(int number) {
            this.number = number;
        }
    }

    /**
     * Where to attach.
     *
     * @param ipv6 for IPv6 packets instead of IPv4's
     * @param hook where on their way
     * @param priority the order among all that sit there, lower ones first: 0 is that of iptables' filter table; neither the
     *     lowest nor the highest number; no other program may have it
     * @param defragment whether the program is to see fragments put together; then the priority must be above −400
     */
    public record Options(boolean ipv6, Hook hook, int priority, boolean defragment) {
        /** {@return at a hook for IPv4 packets, at a priority} */
        public static Options ipv4(Hook hook, int priority) {
            return new Options(false, hook, priority, false);
        }

        /** {@return at a hook for IPv6 packets, at a priority} */
        public static Options ipv6(Hook hook, int priority) {
            return new Options(true, hook, priority, false);
        }
    }

    /**
     * Attaches a program in the calling thread's network namespace. Needs CAP_NET_ADMIN.
     *
     * @param program of type {@code NETFILTER}
     * @param options where
     * @throws UnsupportedFeatureException if the kernel has no such programs
     * @throws SystemCallException EBUSY if another program has the priority, or another refusal
     */
    public static NetfilterLink attach(BpfProgram program, Options options) {
        Bpf bpf = Bpf.with(program.fd().calls());
        String what = "program '" + program.name() + "' to netfilter " + (options.ipv6() ? "ipv6 " : "ipv4 ")
                + options.hook() + " at priority " + options.priority();
        // NFPROTO_IPV4, NFPROTO_IPV6
        LinkParameters parameters = LinkParameters.netfilter(
                options.ipv6() ? 10 : 2,
                options.hook().number,
                options.priority(),
                options.defragment() ? BPF_F_NETFILTER_IP_DEFRAG : 0);
        int result = bpf.links().create(program.fd(), 0, AttachType.NETFILTER.number(), 0, parameters);
        if (result < 0) {
            throw Refusal.link(what, result, LinkFeature.NETFILTER, hint(new Errno(-result)));
        }
        return new NetfilterLink(bpf.own(result, what));
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EBUSY)) {
            return "another program has this priority; take one beside it";
        }
        if (errno.equals(Errno.ERANGE)) {
            return "the lowest and the highest priority are not for programs";
        }
        return errno.equals(Errno.EINVAL) ? "was the program loaded for BPF_NETFILTER?" : "";
    }

    @Override
    boolean replaceable() {
        return false;
    }

    /**
     * What the kernel says of such a link.
     *
     * @param protocolFamily 2 for IPv4, 10 for IPv6
     * @param hook {@code enum nf_inet_hooks}
     * @param priority its place among others
     * @param flags {@code BPF_F_NETFILTER_…}
     */
    public record Info(int protocolFamily, int hook, int priority, int flags) implements LinkInfo.Details {
        private static final StructLayout LAYOUT = new StructLayout("bpf_link_info.netfilter");
        private static final Field PF = LAYOUT.u32("pf");
        private static final Field HOOKNUM = LAYOUT.u32("hooknum");
        private static final Field PRIORITY = LAYOUT.u32("priority");
        private static final Field FLAGS = LAYOUT.u32("flags");

        static Info of(RawLinkInfo info) {
            return new Info(info.getInt(PF), info.getInt(HOOKNUM), info.getInt(PRIORITY), info.getInt(FLAGS));
        }

        @Override
        public String target() {
            return "family " + protocolFamily + " hook " + hook + " priority " + priority;
        }
    }
}
