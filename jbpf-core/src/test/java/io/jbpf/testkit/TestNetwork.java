package io.jbpf.testkit;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two network namespaces joined by a veth pair, both ends up and with an IPv4 and an IPv6 address, and acquainted with each
 * other: no ARP and no neighbour discovery is among the packets of a test. On close all of it is
 * gone; if the process dies it is gone too, since nothing but this process holds the namespaces.
 */
public final class TestNetwork implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final End left;
    private final End right;

    private TestNetwork(End left, End right) {
        this.left = left;
        this.right = right;
    }

    /** {@return two new namespaces; neither is the host's} */
    public static TestNetwork create() {
        NetworkNamespace left = NetworkNamespace.create();
        try {
            return create(left, "veth-left");
        } catch (RuntimeException e) {
            left.close();
            throw e;
        }
    }

    /**
     * {@return a network whose left end is in the namespace of the calling thread, under a name of its own}
     *
     * <p>Only there for tests of what spans namespaces. If the process dies the kernel still removes it, with the right
     * end's namespace.
     */
    public static TestNetwork fromHere() {
        NetworkNamespace here = NetworkNamespace.current();
        try {
            return create(here, "jt" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
        } catch (RuntimeException e) {
            here.close();
            throw e;
        }
    }

    private static TestNetwork create(NetworkNamespace leftNamespace, String leftName) {
        // 198.18.0.0/15 is for tests of networks (RFC 2544), so the host uses it for nothing.
        int subnet = (int) (ProcessHandle.current().pid() * 64 + NUMBER.incrementAndGet()) & 0x3fff;
        String ipv4 = "198." + (18 + (subnet >> 13)) + "." + (subnet >> 5 & 0xff) + ".";
        int host = (subnet & 0x1f) * 8;
        String ipv6 = "fd6a:6270:66:" + Integer.toHexString(subnet) + "::";
        NetworkNamespace rightNamespace = NetworkNamespace.create();
        try (RouteSocket socket = leftNamespace.call(RouteSocket::open);
                RouteSocket other = rightNamespace.call(RouteSocket::open)) {
            Interfaces interfaces = socket.interfaces();
            InterfaceInfo made = interfaces.createVeth(leftName, "veth-right", rightNamespace);
            try {
                setUp(interfaces, leftName, ipv4 + (host + 1), ipv6 + "1");
                setUp(other.interfaces(), "veth-right", ipv4 + (host + 2), ipv6 + "2");
                End left = end(leftNamespace, interfaces, leftName);
                End right = end(rightNamespace, other.interfaces(), "veth-right");
                introduce(interfaces, left, right);
                introduce(other.interfaces(), right, left);
                // Last of all, and when it likes, the kernel makes the IPv6 addresses usable and routes to them.
                Waits.until(() -> answers(left, right, right.ipv4) && answers(left, right, right.ipv6));
                return new TestNetwork(left, right);
            } catch (RuntimeException e) {
                interfaces.delete(made);
                throw e;
            }
        } catch (RuntimeException e) {
            rightNamespace.close();
            throw e;
        }
    }

    private static void setUp(Interfaces interfaces, String name, String ipv4, String ipv6) {
        InterfaceInfo which = interfaces.get(name);
        interfaces.addAddress(which, IpPrefix.parse(ipv4 + "/29"));
        interfaces.addAddress(which, IpPrefix.parse(ipv6 + "/64"));
        interfaces.setUp(which);
    }

    private static End end(NetworkNamespace namespace, Interfaces interfaces, String name) {
        // Until then packets are dropped without a word.
        Waits.until(() -> interfaces.get(name).running());
        InterfaceInfo which = interfaces.get(name);
        return new End(
                namespace,
                which,
                address(interfaces, which, Inet4Address.class),
                address(interfaces, which, Inet6Address.class));
    }

    /** Packets of neighbour discovery would be dropped with others, and be late where a test counts packets. */
    private static void introduce(Interfaces interfaces, End to, End other) {
        String mac = other.interfaceInfo.mac().orElseThrow();
        interfaces.addNeighbour(to.interfaceInfo, other.ipv4, mac);
        interfaces.addNeighbour(to.interfaceInfo, other.ipv6, mac);
    }

    private static boolean answers(End from, End to, InetAddress address) {
        try (DatagramSocket there = to.datagrams(0);
                DatagramSocket here = from.datagrams(0)) {
            there.setSoTimeout(50);
            here.setSoTimeout(50);
            here.send(new DatagramPacket(new byte[1], 1, address, there.getLocalPort()));
            DatagramPacket packet = new DatagramPacket(new byte[1], 1);
            there.receive(packet);
            there.send(packet);
            here.receive(packet);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static <T extends InetAddress> T address(Interfaces interfaces, InterfaceInfo of, Class<T> family) {
        return interfaces.addresses(of).stream()
                .map(IpPrefix::address)
                .filter(address -> family.isInstance(address) && !address.isLinkLocalAddress())
                .map(family::cast)
                .findFirst()
                .orElseThrow();
    }

    /** {@return one end} */
    public End left() {
        return left;
    }

    /** {@return the other end, always in a namespace of its own} */
    public End right() {
        return right;
    }

    @Override
    public void close() {
        try (RouteSocket socket = left.namespace.call(RouteSocket::open)) {
            // Now, and not when the kernel gets round to removing the namespace.
            socket.interfaces().find(left.interfaceInfo.name()).ifPresent(socket.interfaces()::delete);
        } finally {
            left.namespace.close();
            right.namespace.close();
        }
    }

    /**
     * One end of the pair: where sockets can be opened that talk to the other end. A socket stays in its namespace, so
     * any thread may use it.
     *
     * @param namespace where it is
     * @param interfaceInfo the interface
     * @param ipv4 its IPv4 address
     * @param ipv6 its IPv6 address
     */
    public record End(NetworkNamespace namespace, InterfaceInfo interfaceInfo, Inet4Address ipv4, Inet6Address ipv6) {

        /** {@return a socket that listens on all of the end's addresses} */
        public ServerSocket listen(int port) throws IOException {
            return namespace.call(() -> new ServerSocket(port));
        }

        /**
         * Opens a TCP connection.
         *
         * @throws java.net.SocketTimeoutException if nobody answers in time, as when a filter drops the packets
         */
        public Socket connect(InetAddress to, int port, Duration patience) throws IOException {
            return namespace.call(() -> {
                Socket socket = new Socket();
                try {
                    socket.connect(new InetSocketAddress(to, port), (int) patience.toMillis());
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    throw e;
                }
            });
        }

        /** {@return a UDP socket on all of the end's addresses; port 0 for any} */
        public DatagramSocket datagrams(int port) throws IOException {
            return namespace.call(() -> new DatagramSocket(port));
        }

        /** {@return a conversation with the kernel about this end's namespace} */
        public RouteSocket routeSocket() {
            return namespace.call(RouteSocket::open);
        }
    }
}
