package io.jbpf.programs;

import io.jbpf.netlink.InetSocket;
import io.jbpf.netlink.InetSocket.Protocol;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * What the sockets of the filtered side say of flows that were there before the firewall, or before a port was refused.
 * One is own if its socket is connected and no other socket takes from its port what anybody sends: a client's. One of
 * a port that is served came from outside. An unconnected UDP socket does not show who began, so nothing that it sends
 * counts as a beginning.
 *
 * @param own flows that the filtered side began
 * @param inbound flows that it did not begin, and sockets of which that is not known
 */
record LiveFlows(Set<Flow> own, Set<Flow> inbound) {
    /** TCP_SYN_RECV and TCP_NEW_SYN_RECV of linux/tcp_states.h: a stranger's connection that is not yet accepted. */
    private static final Set<Integer> BEING_ACCEPTED = Set.of(3, 12);

    /**
     * Sorts sockets.
     *
     * @param firewall whose flows they are
     * @param sockets of the filtered side
     * @param refused the local ports that are of interest
     */
    static LiveFlows of(long firewall, List<InetSocket> sockets, IntPredicate refused) {
        Map<Protocol, Set<Integer>> served = new EnumMap<>(Protocol.class);
        for (InetSocket socket : sockets) {
            if (socket.servesAnyone()) {
                served.computeIfAbsent(socket.protocol(), any -> new HashSet<>())
                        .add(socket.localPort());
            }
        }
        LiveFlows live = new LiveFlows(new HashSet<>(), new HashSet<>());
        for (InetSocket socket : sockets) {
            if (refused.test(socket.localPort())) {
                boolean isServed =
                        served.getOrDefault(socket.protocol(), Set.of()).contains(socket.localPort());
                live.add(firewall, socket, isServed);
            }
        }
        return live;
    }

    private void add(long firewall, InetSocket socket, boolean portIsServed) {
        if (socket.servesAnyone()) {
            if (socket.protocol() == Protocol.UDP) {
                inbound.add(Flow.ofAny(firewall, socket));
            }
        } else if (socket.remotePort() != 0) {
            boolean strangers = portIsServed || BEING_ACCEPTED.contains(socket.state());
            (strangers ? inbound : own).add(Flow.of(firewall, socket));
        }
    }

    /** {@return the flows and sockets that there are, whoever began them} */
    static Set<Flow> all(long firewall, List<InetSocket> sockets) {
        Set<Flow> all = new HashSet<>();
        for (InetSocket socket : sockets) {
            all.add(Flow.of(firewall, socket));
            all.add(Flow.ofAny(firewall, socket));
        }
        return all;
    }
}
