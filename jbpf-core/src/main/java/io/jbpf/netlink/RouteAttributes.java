package io.jbpf.netlink;

/** The numbers of the attributes that jbpf writes and reads, by the enum they come from. */
final class RouteAttributes {
    private RouteAttributes() {}

    /** {@code enum nlmsgerr_attrs}, linux/netlink.h: the extended acknowledgement. */
    static final class Nlmsgerr {
        static final int MSG = 1;

        private Nlmsgerr() {}
    }

    /** {@code IFLA_*}, linux/if_link.h: of an interface. */
    static final class Ifla {
        static final int ADDRESS = 1;
        static final int IFNAME = 3;
        static final int MTU = 4;
        static final int LINK = 5;
        static final int OPERSTATE = 16;
        static final int LINKINFO = 18;
        static final int NET_NS_FD = 28;
        static final int EXT_MASK = 29;
        static final int LINK_NETNSID = 37;
        static final int XDP = 43;

        /** In EXT_MASK, RTEXT_FILTER_SKIP_STATS: the kernel need not add up the counters of all CPUs. */
        static final int SKIP_STATISTICS = 1 << 3;

        /** In LINKINFO. */
        static final int INFO_KIND = 1;

        /** In LINKINFO. */
        static final int INFO_DATA = 2;

        /** In XDP, as all that follow. */
        static final int XDP_FD = 1;

        static final int XDP_FLAGS = 3;
        static final int XDP_DRV_PROG_ID = 5;
        static final int XDP_SKB_PROG_ID = 6;
        static final int XDP_HW_PROG_ID = 7;
        static final int XDP_EXPECTED_FD = 8;

        private Ifla() {}
    }

    /** {@code VETH_INFO_*}, linux/veth.h: in INFO_DATA of kind veth. */
    static final class Veth {
        static final int PEER = 1;

        private Veth() {}
    }

    /** {@code IFLA_NETKIT_*}, linux/if_link.h: in INFO_DATA of kind netkit. */
    static final class Netkit {
        static final int PEER_INFO = 1;

        private Netkit() {}
    }

    /** {@code IFA_*}, linux/if_addr.h: of an address. */
    static final class Ifa {
        static final int ADDRESS = 1;
        static final int LOCAL = 2;

        private Ifa() {}
    }

    /** {@code RTA_*}, linux/rtnetlink.h: of a route. */
    static final class Rta {
        static final int OIF = 4;
        static final int GATEWAY = 5;
        static final int MULTIPATH = 9;

        private Rta() {}
    }

    /** {@code NETNSA_*}, linux/net_namespace.h: of a network namespace. */
    static final class Netnsa {
        static final int NSID = 1;
        static final int FD = 3;

        private Netnsa() {}
    }

    /** {@code NDA_*}, linux/neighbour.h: of a neighbour. */
    static final class Nda {
        static final int DST = 1;
        static final int LLADDR = 2;

        private Nda() {}
    }

    /** {@code TCA_*}, linux/rtnetlink.h: of a queueing discipline or a filter. */
    static final class Tca {
        static final int KIND = 1;
        static final int OPTIONS = 2;
        static final int CHAIN = 11;

        private Tca() {}
    }

    /** {@code TCA_BPF_*}, linux/pkt_cls.h: in OPTIONS of a filter of kind bpf. */
    static final class TcaBpf {
        static final int FD = 6;
        static final int NAME = 7;
        static final int FLAGS = 8;
        static final int TAG = 10;
        static final int ID = 11;

        /** In FLAGS: the program's answer is the verdict, with no action behind it. */
        static final int FLAG_ACT_DIRECT = 1;

        private TcaBpf() {}
    }
}
