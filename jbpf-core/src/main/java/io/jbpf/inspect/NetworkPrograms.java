package io.jbpf.inspect;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that packets of a network namespace meet. Needs CAP_NET_ADMIN there for TCX, netkit and the namespace's own
 * hooks; XDP and filters are everyone's to see.
 *
 * @param interfaces the interfaces that have programs, in the order of their indexes
 * @param namespace the programs of the namespace itself: {@link AttachType#FLOW_DISSECTOR} (Linux 4.20) and {@link
 *     AttachType#SK_LOOKUP} (5.9), where there are any
 */
public record NetworkPrograms(List<OnInterface> interfaces, Map<AttachType, List<AttachedPrograms.Entry>> namespace) {
    /**
     * The programs of an interface.
     *
     * @param on the interface
     * @param xdp the id of the XDP program by its mode
     * @param hooks what is at {@link AttachType#TCX_INGRESS} and {@link AttachType#TCX_EGRESS} (Linux 6.6), and at {@link
     *     AttachType#NETKIT_PRIMARY} and {@link AttachType#NETKIT_PEER} of a netkit (6.7; told at its primary side), in the
     *     order in which they run
     * @param filters the filters of kind {@code bpf} of its clsact or ingress qdisc, in the order in which they run
     */
    public record OnInterface(
            InterfaceInfo on,
            Map<XdpMode, Integer> xdp,
            Map<AttachType, List<AttachedPrograms.Entry>> hooks,
            Map<Direction, List<TcFilter>> filters) {
        private boolean isEmpty() {
            return xdp.isEmpty() && hooks.isEmpty() && filters.isEmpty();
        }
    }

    /**
     * Looks at a network namespace.
     *
     * @param namespace which
     * @throws SystemCallException if the kernel refuses
     */
    public static NetworkPrograms in(NetworkNamespace namespace) {
        return new NetworkPrograms(namespace.call(NetworkPrograms::interfacesHere), ofNamespace(namespace));
    }

    private static List<OnInterface> interfacesHere() {
        List<OnInterface> found = new ArrayList<>();
        try (RouteSocket socket = RouteSocket.open()) {
            for (InterfaceInfo each : socket.interfaces().list()) {
                look(socket, each).filter(on -> !on.isEmpty()).ifPresent(found::add);
            }
        }
        return List.copyOf(found);
    }

    /** Nothing if the interface has gone since it was listed. */
    private static Optional<OnInterface> look(RouteSocket socket, InterfaceInfo on) {
        try {
            return Optional.of(new OnInterface(
                    on, Map.copyOf(socket.xdp(on).programs()), hooks(on), Map.copyOf(filters(socket, on))));
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        } catch (UnknownInterfaceException e) {
            return Optional.empty();
        }
    }

    private static Map<AttachType, List<AttachedPrograms.Entry>> hooks(InterfaceInfo on) {
        Map<AttachType, List<AttachedPrograms.Entry>> hooks = new EnumMap<>(AttachType.class);
        try {
            for (AttachType direction : List.of(AttachType.TCX_INGRESS, AttachType.TCX_EGRESS)) {
                put(hooks, direction, AttachedPrograms.ofTcx(on.index(), direction));
            }
            if (on.kind().filter("netkit"::equals).isPresent()) {
                netkit(hooks, on);
            }
        } catch (UnsupportedFeatureException e) {
            // No such hooks, and so nothing at them.
        }
        return Map.copyOf(hooks);
    }

    private static void netkit(Map<AttachType, List<AttachedPrograms.Entry>> hooks, InterfaceInfo on) {
        try {
            for (AttachType side : List.of(AttachType.NETKIT_PRIMARY, AttachType.NETKIT_PEER)) {
                put(hooks, side, AttachedPrograms.ofNetkit(on.index(), side));
            }
        } catch (SystemCallException e) {
            // The peer of a pair does not tell (drivers/net/netkit.c, netkit_dev_fetch).
            if (!e.errno().equals(Errno.EACCES)) {
                throw e;
            }
        }
    }

    private static Map<Direction, List<TcFilter>> filters(RouteSocket socket, InterfaceInfo on) {
        Map<Direction, List<TcFilter>> filters = new EnumMap<>(Direction.class);
        for (Direction direction : Direction.values()) {
            List<TcFilter> programs = socket.clsact(on, direction).filters().stream()
                    .filter(filter -> filter.bpf().isPresent())
                    .toList();
            if (!programs.isEmpty()) {
                filters.put(direction, programs);
            }
        }
        return filters;
    }

    private static Map<AttachType, List<AttachedPrograms.Entry>> ofNamespace(NetworkNamespace namespace) {
        Map<AttachType, List<AttachedPrograms.Entry>> hooks = new EnumMap<>(AttachType.class);
        for (AttachType type : List.of(AttachType.FLOW_DISSECTOR, AttachType.SK_LOOKUP)) {
            try {
                put(hooks, type, AttachedPrograms.ofNetwork(namespace, type));
            } catch (SystemCallException e) {
                // A kernel that does not have it, or cannot tell.
                if (!e.errno().equals(Errno.EINVAL)) {
                    throw e;
                }
            }
        }
        return Map.copyOf(hooks);
    }

    private static void put(
            Map<AttachType, List<AttachedPrograms.Entry>> hooks, AttachType type, AttachedPrograms programs) {
        if (!programs.entries().isEmpty()) {
            hooks.put(type, programs.entries());
        }
    }
}
