package io.jbpf.netlink;

import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;

/** The C structs of a netlink conversation, a nested class each. All are in native byte order. */
final class RouteStructs {
    private RouteStructs() {}

    /** {@code struct nlmsghdr}, linux/netlink.h: begins each message. */
    static final class Header {
        static final StructLayout LAYOUT = new StructLayout("nlmsghdr");
        /** The message's length with this header, without the padding that aligns the next. */
        static final Field LENGTH = LAYOUT.u32("nlmsg_len");

        static final Field TYPE = LAYOUT.u16("nlmsg_type");
        static final Field FLAGS = LAYOUT.u16("nlmsg_flags");
        static final Field SEQUENCE = LAYOUT.u32("nlmsg_seq");
        static final Field PORT = LAYOUT.u32("nlmsg_pid");

        private Header() {}
    }

    /** {@code struct nlattr}, linux/netlink.h: begins each attribute. */
    static final class Attribute {
        static final StructLayout LAYOUT = new StructLayout("nlattr");
        /** The attribute's length with this header, without the padding that aligns the next. */
        static final Field LENGTH = LAYOUT.u16("nla_len");

        static final Field TYPE = LAYOUT.u16("nla_type");

        private Attribute() {}
    }

    /** {@code struct nlmsgerr}, linux/netlink.h: an acknowledgement; error 0 is success. */
    static final class Acknowledgement {
        static final StructLayout LAYOUT = new StructLayout("nlmsgerr");
        static final Field ERROR = LAYOUT.u32("error");
        /** {@code msg.nlmsg_len}: the length of the request, whose payload follows unless the answer is capped. */
        static final Field REQUEST_LENGTH = LAYOUT.u32("msg.nlmsg_len");

        static {
            LAYOUT.bytes("rest of msg", 12);
        }

        private Acknowledgement() {}
    }

    /** {@code struct ifinfomsg}, linux/rtnetlink.h: an interface. */
    static final class InterfaceMessage {
        static final StructLayout LAYOUT = new StructLayout("ifinfomsg");
        static final Field FAMILY = LAYOUT.u8("ifi_family");
        static final Field PADDING = LAYOUT.u8("__ifi_pad");
        static final Field TYPE = LAYOUT.u16("ifi_type");
        static final Field INDEX = LAYOUT.u32("ifi_index");
        static final Field FLAGS = LAYOUT.u32("ifi_flags");
        static final Field CHANGE = LAYOUT.u32("ifi_change");

        private InterfaceMessage() {}
    }

    /** {@code struct ifaddrmsg}, linux/if_addr.h: an address of an interface. */
    static final class AddressMessage {
        static final StructLayout LAYOUT = new StructLayout("ifaddrmsg");
        static final Field FAMILY = LAYOUT.u8("ifa_family");
        static final Field PREFIX_LENGTH = LAYOUT.u8("ifa_prefixlen");
        static final Field FLAGS = LAYOUT.u8("ifa_flags");
        static final Field SCOPE = LAYOUT.u8("ifa_scope");
        static final Field INDEX = LAYOUT.u32("ifa_index");

        private AddressMessage() {}
    }

    /** {@code struct rtmsg}, linux/rtnetlink.h: a route. */
    static final class RouteMessage {
        static final StructLayout LAYOUT = new StructLayout("rtmsg");
        static final Field FAMILY = LAYOUT.u8("rtm_family");
        static final Field DESTINATION_LENGTH = LAYOUT.u8("rtm_dst_len");
        static final Field SOURCE_LENGTH = LAYOUT.u8("rtm_src_len");
        static final Field TOS = LAYOUT.u8("rtm_tos");
        static final Field TABLE = LAYOUT.u8("rtm_table");
        static final Field PROTOCOL = LAYOUT.u8("rtm_protocol");
        static final Field SCOPE = LAYOUT.u8("rtm_scope");
        static final Field TYPE = LAYOUT.u8("rtm_type");
        static final Field FLAGS = LAYOUT.u32("rtm_flags");

        private RouteMessage() {}
    }

    /** {@code struct rtnexthop}, linux/rtnetlink.h: one of several ways of a route. */
    static final class NextHop {
        static final StructLayout LAYOUT = new StructLayout("rtnexthop");
        /** With the attributes behind it, without the padding that aligns the next. */
        static final Field LENGTH = LAYOUT.u16("rtnh_len");

        static final Field FLAGS = LAYOUT.u8("rtnh_flags");
        static final Field HOPS = LAYOUT.u8("rtnh_hops");
        static final Field INDEX = LAYOUT.u32("rtnh_ifindex");

        private NextHop() {}
    }

    /** {@code struct ndmsg}, linux/neighbour.h: a neighbour, which is an address on the same wire. */
    static final class NeighbourMessage {
        static final StructLayout LAYOUT = new StructLayout("ndmsg");
        static final Field FAMILY = LAYOUT.u8("ndm_family");
        static final Field PADDING_1 = LAYOUT.u8("ndm_pad1");
        static final Field PADDING_2 = LAYOUT.u16("ndm_pad2");
        static final Field INDEX = LAYOUT.u32("ndm_ifindex");
        static final Field STATE = LAYOUT.u16("ndm_state");
        static final Field FLAGS = LAYOUT.u8("ndm_flags");
        static final Field TYPE = LAYOUT.u8("ndm_type");

        private NeighbourMessage() {}
    }

    /** {@code struct tcmsg}, linux/rtnetlink.h: a queueing discipline or a filter. */
    static final class TrafficMessage {
        static final StructLayout LAYOUT = new StructLayout("tcmsg");
        static final Field FAMILY = LAYOUT.u8("tcm_family");
        static final Field PADDING_1 = LAYOUT.u8("tcm__pad1");
        static final Field PADDING_2 = LAYOUT.u16("tcm__pad2");
        static final Field INDEX = LAYOUT.u32("tcm_ifindex");
        static final Field HANDLE = LAYOUT.u32("tcm_handle");
        static final Field PARENT = LAYOUT.u32("tcm_parent");
        /** Of a filter: the preference in the upper half, the protocol in network byte order in the lower. */
        static final Field INFO = LAYOUT.u32("tcm_info");

        private TrafficMessage() {}
    }

    /** {@code struct rtgenmsg}, linux/rtnetlink.h: nothing but a family. */
    static final class GeneralMessage {
        static final StructLayout LAYOUT = new StructLayout("rtgenmsg");
        static final Field FAMILY = LAYOUT.u8("rtgen_family");

        private GeneralMessage() {}
    }

    /** {@code struct sockaddr_nl}, linux/netlink.h; all zero but the family is the kernel's own address. */
    static final class SocketAddress {
        static final StructLayout LAYOUT = new StructLayout("sockaddr_nl");
        static final Field FAMILY = LAYOUT.u16("nl_family");
        static final Field PADDING = LAYOUT.u16("nl_pad");
        static final Field PORT = LAYOUT.u32("nl_pid");
        static final Field GROUPS = LAYOUT.u32("nl_groups");

        private SocketAddress() {}
    }

    /** {@code struct inet_diag_req_v2}, linux/inet_diag.h: which sockets. All zero but these: whatever their addresses. */
    static final class DiagnosisRequest {
        static final StructLayout LAYOUT = new StructLayout("inet_diag_req_v2");
        static final Field FAMILY = LAYOUT.u8("sdiag_family");
        static final Field PROTOCOL = LAYOUT.u8("sdiag_protocol");
        static final Field EXTENSIONS = LAYOUT.u8("idiag_ext");
        static final Field PADDING = LAYOUT.u8("pad");
        /** A bit for each state: {@code 1 << TCP_ESTABLISHED} and so on. */
        static final Field STATES = LAYOUT.u32("idiag_states");

        static {
            LAYOUT.bytes("id", 48);
        }

        private DiagnosisRequest() {}
    }

    /** {@code struct inet_diag_msg}, linux/inet_diag.h: a socket. Ports and addresses are in network byte order. */
    static final class DiagnosisMessage {
        static final StructLayout LAYOUT = new StructLayout("inet_diag_msg");
        static final Field FAMILY = LAYOUT.u8("idiag_family");
        static final Field STATE = LAYOUT.u8("idiag_state");
        static final Field TIMER = LAYOUT.u8("idiag_timer");
        static final Field RETRANSMITS = LAYOUT.u8("idiag_retrans");
        static final Field LOCAL_PORT = LAYOUT.u16("id.idiag_sport");
        static final Field REMOTE_PORT = LAYOUT.u16("id.idiag_dport");
        static final Field LOCAL = LAYOUT.bytes("id.idiag_src", 16);
        static final Field REMOTE = LAYOUT.bytes("id.idiag_dst", 16);
        static final Field INTERFACE = LAYOUT.u32("id.idiag_if");
        static final Field COOKIE_LOW = LAYOUT.u32("id.idiag_cookie[0]");
        static final Field COOKIE_HIGH = LAYOUT.u32("id.idiag_cookie[1]");

        static {
            LAYOUT.bytes("expires to inode", 20);
        }

        private DiagnosisMessage() {}
    }

    /** {@code struct timeval} of 64-bit machines: what SO_RCVTIMEO takes. */
    static final class TimeValue {
        static final StructLayout LAYOUT = new StructLayout("timeval");
        static final Field SECONDS = LAYOUT.u64("tv_sec");
        static final Field MICROSECONDS = LAYOUT.u64("tv_usec");

        private TimeValue() {}
    }
}
