package io.jbpf.netlink;

/** The rtnetlink requests jbpf makes, and the answers it reads: {@code RTM_*} of linux/rtnetlink.h. */
enum RouteMessageType {
    RTM_NEWLINK(16),
    RTM_DELLINK(17),
    RTM_GETLINK(18),
    RTM_SETLINK(19),
    RTM_NEWADDR(20),
    RTM_GETADDR(22),
    RTM_NEWNEIGH(28),
    RTM_NEWQDISC(36),
    RTM_GETQDISC(38),
    RTM_NEWTFILTER(44),
    RTM_DELTFILTER(45),
    RTM_GETTFILTER(46),
    RTM_GETNSID(90);

    private final int number;

    RouteMessageType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** {@return the request as error messages name it: {@code rtnetlink(RTM_NEWLINK)}} */
    String call() {
        return "rtnetlink(" + name() + ")";
    }
}
