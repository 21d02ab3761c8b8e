package io.jbpf.netlink;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.RouteAttributes.Ifla;
import io.jbpf.netlink.RouteStructs.InterfaceMessage;
import java.util.EnumMap;
import java.util.Map;

/**
 * The place of the XDP program on an interface, one in each mode. What is another's is never taken or removed: a program
 * is attached only where none is ({@code XDP_FLAGS_UPDATE_IF_NOEXIST}), and replaced or detached only if it is the
 * expected one ({@code XDP_FLAGS_REPLACE}, Linux 5.7). Reading needs no capability, changing CAP_NET_ADMIN.
 */
public final class XdpHook {
    private static final int XDP_FLAGS_UPDATE_IF_NOEXIST = 1;
    private static final int XDP_FLAGS_REPLACE = 1 << 4;
    private static final int NO_PROGRAM = -1;

    private final RouteSocket socket;
    private final InterfaceInfo on;

    XdpHook(RouteSocket socket, InterfaceInfo on) {
        this.socket = socket;
        this.on = on;
    }

    /**
     * The programs there are now. Linux 4.13.
     *
     * @return the id of the program by mode; empty if there is none
     */
    public Map<XdpMode, Integer> programs() {
        MessageWriter request = MessageWriter.request(RouteMessageType.RTM_GETLINK, 0, InterfaceMessage.LAYOUT)
                .set(InterfaceMessage.INDEX, on.index());
        Map<XdpMode, Integer> programs = new EnumMap<>(XdpMode.class);
        for (Message message : socket.ask(request, "find the XDP program of interface " + on)) {
            Attributes xdp = message.attributes(InterfaceMessage.LAYOUT).nested(Ifla.XDP);
            put(programs, XdpMode.NATIVE, xdp.number(Ifla.XDP_DRV_PROG_ID, 0));
            put(programs, XdpMode.GENERIC, xdp.number(Ifla.XDP_SKB_PROG_ID, 0));
            put(programs, XdpMode.OFFLOADED, xdp.number(Ifla.XDP_HW_PROG_ID, 0));
        }
        return programs;
    }

    private static void put(Map<XdpMode, Integer> programs, XdpMode mode, int id) {
        if (id != 0) {
            programs.put(mode, id);
        }
    }

    /**
     * Attaches a program where none is.
     *
     * @param program its descriptor
     * @param mode where it is to run
     * @throws SystemCallException EBUSY if a program is there already, EOPNOTSUPP if the driver has no such mode
     */
    public void attach(int program, XdpMode mode) {
        try {
            set(
                    program,
                    NO_PROGRAM,
                    mode.flag() | XDP_FLAGS_UPDATE_IF_NOEXIST,
                    "attach a program to XDP of interface ");
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.EBUSY) || e.errno().equals(Errno.EEXIST)) {
                throw new SystemCallException(
                        e.activity(), e.call(), e.errno(), "there already, by mode: " + programs() + "; " + e.hint());
            }
            throw e;
        }
    }

    /**
     * Puts a program in the place of the expected one, at once. Linux 5.7.
     *
     * @param program its descriptor
     * @param expected a descriptor of the one that is there
     * @param mode the one it was attached with
     * @throws UnsupportedFeatureException if the kernel cannot compare
     * @throws SystemCallException EEXIST if another one is there
     */
    public void replace(int program, int expected, XdpMode mode) {
        try {
            set(program, expected, mode.flag() | XDP_FLAGS_REPLACE, "replace our program at XDP of interface ");
        } catch (SystemCallException e) {
            throw e.errno().equals(Errno.EINVAL)
                    ? new UnsupportedFeatureException("replacing the XDP program that is expected", "5.7", e)
                    : e;
        }
    }

    /**
     * Detaches the expected program. If another one is there, or the interface is gone, nothing happens. A kernel before 5.7
     * cannot compare: there what is in place is looked at just before.
     *
     * @param expected a descriptor of it
     * @param expectedId its id
     * @param mode the one it was attached with
     * @throws SystemCallException if the kernel refuses
     */
    public void detach(int expected, int expectedId, XdpMode mode) {
        String activity = "detach our program from XDP of interface ";
        try {
            set(NO_PROGRAM, expected, mode.flag() | XDP_FLAGS_REPLACE, activity);
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.EINVAL)) {
                if (isAt(mode, expectedId)) {
                    set(NO_PROGRAM, NO_PROGRAM, mode.flag(), activity);
                }
            } else if (!isAnothers(e.errno())) {
                throw e;
            }
        }
    }

    /** Without a mode the driver or, if it cannot, the generic code has it. */
    private boolean isAt(XdpMode mode, int program) {
        Map<XdpMode, Integer> programs = programs();
        return mode == XdpMode.ANY
                ? program == programs.getOrDefault(XdpMode.NATIVE, programs.getOrDefault(XdpMode.GENERIC, 0))
                : program == programs.getOrDefault(mode, 0);
    }

    /** EEXIST: another program is there, or none; EBUSY: a link is there; ENODEV: the interface is gone. */
    private static boolean isAnothers(Errno errno) {
        return errno.equals(Errno.EEXIST) || errno.equals(Errno.EBUSY) || errno.equals(Errno.ENODEV);
    }

    private void set(int program, int expected, int flags, String activity) {
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_SETLINK, 0, InterfaceMessage.LAYOUT)
                        .set(InterfaceMessage.INDEX, on.index())
                        .nested(Ifla.XDP, xdp -> {
                            xdp.attribute(Ifla.XDP_FD, program).attribute(Ifla.XDP_FLAGS, flags);
                            if ((flags & XDP_FLAGS_REPLACE) != 0) {
                                xdp.attribute(Ifla.XDP_EXPECTED_FD, expected);
                            }
                        }),
                activity + on);
    }

    /** {@return the interface} */
    @Override
    public String toString() {
        return "interface " + on;
    }
}
