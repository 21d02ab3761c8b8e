package io.jbpf.netlink;

import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteStructs.TrafficMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The clsact filters of one network namespace that carry jbpf's mark, to find and clean what a process has left that is no
 * more: an interface keeps its filters when their owner dies.
 *
 * <p>The kernel does not tell whether the owner lives: who removes makes sure of that, as by a lock that its processes hold.
 * What is removed must have the mark, the name and a program with the tag that the caller knows its own programs by, and is
 * looked at once more right before it goes. Filters of others, and the clsact, stay.
 *
 * <p>Listing needs no capability, removing CAP_NET_ADMIN. Linux 4.5.
 */
public final class MarkedFilters {
    private final RouteSocket socket;

    MarkedFilters(RouteSocket socket) {
        this.socket = socket;
    }

    /**
     * Lists those of all interfaces. Costs two requests, and three more for each interface that has a clsact.
     *
     * @return the filters, by interface, ingress first, in the order in which they run
     * @throws SystemCallException if the kernel refuses
     */
    public List<MarkedFilter> list() {
        MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETQDISC, TrafficMessage.LAYOUT);
        Set<Integer> withHooks = socket.ask(request, "list the qdiscs").stream()
                .filter(ClsactHook::hasHooks)
                .map(message -> message.get(TrafficMessage.INDEX))
                .collect(Collectors.toSet());
        List<MarkedFilter> found = new ArrayList<>();
        for (InterfaceInfo each : withHooks.isEmpty()
                ? List.<InterfaceInfo>of()
                : socket.interfaces().list()) {
            if (withHooks.contains(each.index())) {
                found.addAll(list(each));
            }
        }
        return found;
    }

    /**
     * Lists those of one interface; none if it is gone.
     *
     * @param on the interface, as this socket has shown it
     * @throws SystemCallException if the kernel refuses
     */
    public List<MarkedFilter> list(InterfaceInfo on) {
        List<MarkedFilter> found = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            for (TcFilter filter : socket.clsact(on, direction).filters()) {
                ClsactHook.nameOf(filter).ifPresent(name -> found.add(marked(on, direction, name, filter)));
            }
        }
        return found;
    }

    private static MarkedFilter marked(InterfaceInfo on, Direction direction, String name, TcFilter filter) {
        TcFilter.Bpf program = filter.bpf().orElseThrow();
        return new MarkedFilter(
                on, direction, name, program.programId(), program.tag(), filter.preference(), filter.handle());
    }

    /**
     * Removes, on all interfaces, the filters of a name that have a program of a tag.
     *
     * @param name what they were attached with
     * @param tag the program's tag in hexadecimal, as {@code ProgramInfo.tag} has it
     * @return those that were removed
     * @throws SystemCallException if the kernel refuses; those before are removed
     */
    public List<MarkedFilter> remove(String name, String tag) {
        return remove(list(), name, tag);
    }

    /**
     * Removes, on one interface, the filters of a name that have a program of a tag.
     *
     * @param on the interface, as this socket has shown it
     * @param name what they were attached with
     * @param tag the program's tag in hexadecimal, as {@code ProgramInfo.tag} has it
     * @return those that were removed
     * @throws SystemCallException if the kernel refuses; those before are removed
     */
    public List<MarkedFilter> remove(InterfaceInfo on, String name, String tag) {
        return remove(list(on), name, tag);
    }

    private List<MarkedFilter> remove(List<MarkedFilter> among, String name, String tag) {
        if (tag.isEmpty()) {
            throw new IllegalArgumentException("an empty tag is that of classic BPF, which jbpf does not attach");
        }
        List<MarkedFilter> removed = new ArrayList<>();
        for (MarkedFilter each : among) {
            boolean ours = each.name().equals(name) && each.tag().equals(tag);
            if (ours && socket.clsact(each.on(), each.direction()).remove(each)) {
                removed.add(each);
            }
        }
        return removed;
    }
}
