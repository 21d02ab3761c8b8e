package io.jbpf.netlink;

import io.jbpf.netlink.RouteAttributes.Tca;
import io.jbpf.netlink.RouteAttributes.TcaBpf;
import io.jbpf.netlink.RouteStructs.TrafficMessage;
import io.jbpf.sys.Fd;

/** What another program does with an interface's traffic control: all that jbpf's own classes cannot say. */
public final class ForeignFilters {
    private static final int TCA_U32_CLASSID = 1;
    private static final int TCA_U32_SEL = 5;
    private static final byte TC_U32_TERMINAL = 1;

    /** ETH_P_ALL in network byte order. */
    private static final int EVERY_PACKET = 0x0300;

    private ForeignFilters() {}

    /** Adds a qdisc at the clsact's place: clsact, or the ingress of old. */
    public static void addDiscipline(RouteSocket socket, InterfaceInfo to, String kind) {
        socket.ask(
                MessageWriter.request(
                                RouteMessageType.RTM_NEWQDISC,
                                MessageWriter.CREATE | MessageWriter.EXCLUSIVE,
                                TrafficMessage.LAYOUT)
                        .set(TrafficMessage.INDEX, to.index())
                        .set(TrafficMessage.HANDLE, 0xffff_0000)
                        .set(TrafficMessage.PARENT, 0xffff_fff1)
                        .attribute(Tca.KIND, kind),
                "add a qdisc of another's");
    }

    /** Adds a direct-action filter of another's. */
    public static void addBpf(
            RouteSocket socket,
            InterfaceInfo to,
            Direction direction,
            int preference,
            int handle,
            String name,
            Fd program) {
        int descriptor = program.acquire();
        try {
            socket.ask(
                    filter(to, direction, preference, MessageWriter.CREATE | MessageWriter.EXCLUSIVE)
                            .set(TrafficMessage.HANDLE, handle)
                            .attribute(Tca.KIND, "bpf")
                            .nested(Tca.OPTIONS, options -> options.attribute(TcaBpf.FD, descriptor)
                                    .attribute(TcaBpf.NAME, name)
                                    .attribute(TcaBpf.FLAGS, 1)),
                    "add a bpf filter of another's");
        } finally {
            program.release();
        }
    }

    /** Puts another program into whatever filter is there, as another's careless replace would. */
    public static void replaceBpf(
            RouteSocket socket, InterfaceInfo on, Direction direction, OwnedFilter victim, String name, Fd program) {
        int descriptor = program.acquire();
        try {
            socket.ask(
                    filter(on, direction, victim.preference(), MessageWriter.REPLACE)
                            .set(TrafficMessage.HANDLE, victim.handle())
                            .attribute(Tca.KIND, "bpf")
                            .nested(Tca.OPTIONS, options -> options.attribute(TcaBpf.FD, descriptor)
                                    .attribute(TcaBpf.NAME, name)
                                    .attribute(TcaBpf.FLAGS, 1)),
                    "replace a bpf filter");
        } finally {
            program.release();
        }
    }

    /** Adds a u32 filter that accepts every packet, so that no later filter sees it. */
    public static void addAcceptAll(RouteSocket socket, InterfaceInfo to, Direction direction, int preference) {
        // struct tc_u32_sel, linux/pkt_cls.h, with one key: mask 0, value 0
        byte[] selector = new byte[32];
        selector[0] = TC_U32_TERMINAL;
        selector[2] = 1;
        socket.ask(
                filter(to, direction, preference, MessageWriter.CREATE | MessageWriter.EXCLUSIVE)
                        .attribute(Tca.KIND, "u32")
                        .nested(Tca.OPTIONS, options -> options.attribute(TCA_U32_CLASSID, 0x0001_0001)
                                .attribute(TCA_U32_SEL, selector)),
                "add a u32 filter of another's");
    }

    /** Removes every filter of a direction with this preference, whosever they are: {@code tc filter del pref N}. */
    public static void removeAll(RouteSocket socket, InterfaceInfo from, Direction direction, int preference) {
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_DELTFILTER, 0, TrafficMessage.LAYOUT)
                        .set(TrafficMessage.INDEX, from.index())
                        .set(TrafficMessage.PARENT, parent(direction))
                        .set(TrafficMessage.INFO, preference << 16 | EVERY_PACKET),
                "remove filters");
    }

    private static MessageWriter filter(InterfaceInfo to, Direction direction, int preference, int flags) {
        return MessageWriter.request(RouteMessageType.RTM_NEWTFILTER, flags, TrafficMessage.LAYOUT)
                .set(TrafficMessage.INDEX, to.index())
                .set(TrafficMessage.PARENT, parent(direction))
                .set(TrafficMessage.INFO, preference << 16 | EVERY_PACKET);
    }

    private static int parent(Direction direction) {
        return direction == Direction.INGRESS ? 0xffff_fff2 : 0xffff_fff3;
    }
}
