package io.jbpf.netlink;

import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteStructs.DiagnosisMessage;
import io.jbpf.netlink.RouteStructs.DiagnosisRequest;
import io.jbpf.sys.StructLayout.Field;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the kernel tells of the TCP and UDP sockets of one network namespace: the one the opening thread was in. See
 * sock_diag(7). {@code NETLINK_SOCK_DIAG}, Linux 3.3 with {@code CONFIG_INET_DIAG} and {@code CONFIG_INET_UDP_DIAG}; needs
 * no capability. Safe for use by many threads.
 */
public final class SocketDiagnosis implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int ALL_STATES = -1;

    private final RouteSocket socket;

    private SocketDiagnosis(RouteSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a conversation about the sockets of the calling thread's network namespace.
     *
     * @throws SystemCallException EPROTONOSUPPORT if the kernel is without it, or another refusal
     */
    public static SocketDiagnosis open() {
        return new SocketDiagnosis(RouteSocket.openForDiagnosis());
    }

    /**
     * All sockets of TCP and UDP, over IPv4 and IPv6, that have a port. The list is not of one moment.
     *
     * @throws SystemCallException ENOENT if the kernel is without what tells of one of them, or another refusal
     */
    public List<InetSocket> sockets() {
        List<InetSocket> all = new ArrayList<>();
        for (InetSocket.Protocol protocol : InetSocket.Protocol.values()) {
            all.addAll(sockets(AF_INET, protocol));
            all.addAll(sockets(AF_INET6, protocol));
        }
        return all;
    }

    private List<InetSocket> sockets(int family, InetSocket.Protocol protocol) {
        MessageWriter request = MessageWriter.dump(RouteMessageType.SOCK_DIAG_BY_FAMILY, DiagnosisRequest.LAYOUT)
                .set(DiagnosisRequest.FAMILY, family)
                .set(DiagnosisRequest.PROTOCOL, protocol.number())
                .set(DiagnosisRequest.STATES, ALL_STATES);
        String activity = "list the " + protocol + " sockets of IPv" + (family == AF_INET ? 4 : 6);
        return socket.ask(request, activity).stream()
                .map(message -> read(message, protocol))
                .toList();
    }

    private static InetSocket read(Message message, InetSocket.Protocol protocol) {
        boolean ipv4 = message.get(DiagnosisMessage.FAMILY) == AF_INET;
        long low = Integer.toUnsignedLong(message.get(DiagnosisMessage.COOKIE_LOW));
        long high = Integer.toUnsignedLong(message.get(DiagnosisMessage.COOKIE_HIGH));
        return new InetSocket(
                protocol,
                message.get(DiagnosisMessage.STATE),
                address(message, DiagnosisMessage.LOCAL, ipv4),
                port(message, DiagnosisMessage.LOCAL_PORT),
                address(message, DiagnosisMessage.REMOTE, ipv4),
                port(message, DiagnosisMessage.REMOTE_PORT),
                high << 32 | low);
    }

    private static int port(Message message, Field field) {
        return Short.toUnsignedInt(Short.reverseBytes((short) message.get(field)));
    }

    private static InetAddress address(Message message, Field field, boolean ipv4) {
        byte[] bytes = message.payload().copy(field.offset(), field.width());
        try {
            return InetAddress.getByAddress(ipv4 ? Arrays.copyOf(bytes, 4) : bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
