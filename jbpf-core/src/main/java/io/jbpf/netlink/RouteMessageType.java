package io.jbpf.netlink;

/**
 * The requests jbpf makes, and the answers it reads: {@code RTM_*} of linux/rtnetlink.h, and that of linux/sock_diag.h,
 * which belongs to a netlink family of its own and so may have a number that is another's here.
 */
enum RouteMessageType {
    RTM_NEWLINK(16),
    RTM_DELLINK(17),
    RTM_GETLINK(18),
    RTM_SETLINK(19),
    RTM_NEWADDR(20),
    RTM_GETADDR(22),
    RTM_NEWROUTE(24),
    RTM_GETROUTE(26),
    RTM_NEWNEIGH(28),
    RTM_NEWQDISC(36),
    RTM_GETQDISC(38),
    RTM_NEWTFILTER(44),
    RTM_DELTFILTER(45),
    RTM_GETTFILTER(46),
    RTM_GETNSID(90),
    SOCK_DIAG_BY_FAMILY(20);

    private final int number;

    RouteMessageType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /**
     * {@return whether no datagram of an answer exceeds NLMSG_GOODSIZE, unless the socket has asked for more before} So the
     * kernel makes those about qdiscs and filters (net/sched, af_netlink.c: {@code netlink_dump}).
     */
    boolean isBounded() {
        return number >= RTM_NEWQDISC.number && number <= RTM_GETTFILTER.number;
    }

    /** {@return the request as error messages name it: {@code rtnetlink(RTM_NEWLINK)}} */
    String call() {
        return (this == SOCK_DIAG_BY_FAMILY ? "sock_diag(" : "rtnetlink(") + name() + ")";
    }
}
