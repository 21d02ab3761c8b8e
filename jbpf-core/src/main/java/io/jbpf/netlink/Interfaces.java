package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteAttributes.Ifa;
import io.jbpf.netlink.RouteAttributes.Ifla;
import io.jbpf.netlink.RouteAttributes.Nda;
import io.jbpf.netlink.RouteAttributes.Netkit;
import io.jbpf.netlink.RouteAttributes.Netnsa;
import io.jbpf.netlink.RouteAttributes.Rta;
import io.jbpf.netlink.RouteAttributes.Veth;
import io.jbpf.netlink.RouteStructs.AddressMessage;
import io.jbpf.netlink.RouteStructs.GeneralMessage;
import io.jbpf.netlink.RouteStructs.InterfaceMessage;
import io.jbpf.netlink.RouteStructs.NeighbourMessage;
import io.jbpf.netlink.RouteStructs.NextHop;
import io.jbpf.netlink.RouteStructs.RouteMessage;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The network interfaces of a {@link RouteSocket}'s namespace. Reading needs no capability, changing CAP_NET_ADMIN; all
 * methods throw {@link SystemCallException} when the kernel refuses.
 */
public final class Interfaces {
    private static final int IFF_UP = 0x1;
    private static final int IFF_LOOPBACK = 0x8;
    private static final int IF_OPER_UP = 6;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFA_F_NODAD = 0x2;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTN_UNICAST = 1;
    private static final int RTPROT_STATIC = 4;
    /** NETNSA_NSID_NOT_ASSIGNED. */
    private static final int NO_ID = -1;

    private static final int NUD_PERMANENT = 0x80;
    private static final HexFormat MAC_FORMAT = HexFormat.ofDelimiter(":");

    /** IFNAMSIZ without the NUL. */
    private static final int LONGEST_NAME = 15;

    private final RouteSocket socket;

    Interfaces(RouteSocket socket) {
        this.socket = socket;
    }

    /** {@return all of them, in the order of their indexes} */
    public List<InterfaceInfo> list() {
        MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETLINK, InterfaceMessage.LAYOUT)
                .attribute(Ifla.EXT_MASK, Ifla.SKIP_STATISTICS);
        return socket.ask(request, "list the network interfaces").stream()
                .map(Interfaces::read)
                .toList();
    }

    /** {@return the interface of that name, if there is one} */
    public Optional<InterfaceInfo> find(String name) {
        if (!isName(name)) {
            return Optional.empty();
        }
        return one(
                MessageWriter.request(RouteMessageType.RTM_GETLINK, 0, InterfaceMessage.LAYOUT)
                        .attribute(Ifla.IFNAME, name)
                        .attribute(Ifla.EXT_MASK, Ifla.SKIP_STATISTICS),
                "find network interface '" + name + "'");
    }

    /** {@return the interface of that index, if there is one} */
    public Optional<InterfaceInfo> find(int index) {
        if (index <= 0) {
            return Optional.empty();
        }
        return one(
                MessageWriter.request(RouteMessageType.RTM_GETLINK, 0, InterfaceMessage.LAYOUT)
                        .set(InterfaceMessage.INDEX, index)
                        .attribute(Ifla.EXT_MASK, Ifla.SKIP_STATISTICS),
                "find network interface " + index);
    }

    /**
     * The interface of that name.
     *
     * @throws UnknownInterfaceException if there is none; it lists those there are
     */
    public InterfaceInfo get(String name) {
        return find(name).orElseThrow(() -> new UnknownInterfaceException(name, list()));
    }

    /**
     * The interface of that index.
     *
     * @throws UnknownInterfaceException if there is none; it lists those there are
     */
    public InterfaceInfo get(int index) {
        return find(index).orElseThrow(() -> new UnknownInterfaceException(Integer.toString(index), list()));
    }

    private Optional<InterfaceInfo> one(MessageWriter request, String activity) {
        try {
            return socket.ask(request, activity).stream().map(Interfaces::read).findFirst();
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static InterfaceInfo read(Message message) {
        Attributes attributes = message.attributes(InterfaceMessage.LAYOUT);
        Attributes link = attributes.nested(Ifla.LINKINFO);
        int flags = message.get(InterfaceMessage.FLAGS);
        Optional<String> kind = link.text(Ifla.INFO_KIND);
        int peer = attributes.number(Ifla.LINK, 0);
        return new InterfaceInfo(
                message.get(InterfaceMessage.INDEX),
                attributes.text(Ifla.IFNAME).orElse(""),
                kind,
                (flags & IFF_UP) != 0,
                attributes
                        .get(Ifla.OPERSTATE)
                        .filter(state -> state.u8(0) == IF_OPER_UP)
                        .isPresent(),
                (flags & IFF_LOOPBACK) != 0,
                attributes.get(Ifla.ADDRESS).map(Interfaces::mac),
                attributes.number(Ifla.MTU, 0),
                peer > 0 && kind.filter("veth"::equals).isPresent() ? OptionalInt.of(peer) : OptionalInt.empty(),
                namespaceId(attributes.number(Ifla.LINK_NETNSID, NO_ID)));
    }

    private static OptionalInt namespaceId(int number) {
        return number == NO_ID ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /**
     * The number by which this namespace knows another one, so that the other end of a veth can be found: that of
     * {@link InterfaceInfo#peerNamespaceId}. Linux 4.0.
     *
     * @param namespace the other
     * @return the number; nothing if this namespace has none for it, as when no interface leads there
     * @throws SystemCallException if the kernel refuses
     */
    public OptionalInt namespaceId(NetworkNamespace namespace) {
        int descriptor = namespace.fd().acquire();
        try {
            MessageWriter request = MessageWriter.request(RouteMessageType.RTM_GETNSID, 0, GeneralMessage.LAYOUT)
                    .attribute(Netnsa.FD, descriptor);
            return socket.ask(request, "find the number of the " + namespace).stream()
                    .map(message -> message.attributes(GeneralMessage.LAYOUT).number(Netnsa.NSID, NO_ID))
                    .findFirst()
                    .map(Interfaces::namespaceId)
                    .orElse(OptionalInt.empty());
        } finally {
            namespace.fd().release();
        }
    }

    private static String mac(ByteView bytes) {
        return MAC_FORMAT.formatHex(bytes.copy());
    }

    /**
     * Makes a veth pair in this namespace. Both ends are down and without addresses.
     *
     * @param name of this end, at most 15 bytes
     * @param peerName of the other end
     * @return this end
     */
    public InterfaceInfo createVeth(String name, String peerName) {
        return createPair("veth", Veth.PEER, name, peerName, peer -> {});
    }

    /**
     * Makes a veth pair with one end here and one in another namespace. Both ends are down and without addresses.
     *
     * @param name of this end, at most 15 bytes
     * @param peerName of the other end
     * @param peerNamespace where the other end shall be
     * @return this end
     */
    public InterfaceInfo createVeth(String name, String peerName, NetworkNamespace peerNamespace) {
        int descriptor = peerNamespace.fd().acquire();
        try {
            return createPair("veth", Veth.PEER, name, peerName, peer -> peer.attribute(Ifla.NET_NS_FD, descriptor));
        } finally {
            peerNamespace.fd().release();
        }
    }

    /**
     * Makes a netkit pair in layer 3 mode, with the primary side here and its peer in another namespace. Both are down and
     * without addresses. Linux 6.7.
     *
     * @param name of the primary side, at most 15 bytes
     * @param peerName of the other side
     * @param peerNamespace where the other side shall be
     * @return the primary side
     * @throws SystemCallException EOPNOTSUPP if the kernel has no netkit
     */
    public InterfaceInfo createNetkit(String name, String peerName, NetworkNamespace peerNamespace) {
        int descriptor = peerNamespace.fd().acquire();
        try {
            return createPair(
                    "netkit", Netkit.PEER_INFO, name, peerName, peer -> peer.attribute(Ifla.NET_NS_FD, descriptor));
        } finally {
            peerNamespace.fd().release();
        }
    }

    private InterfaceInfo createPair(
            String kind, int peerInfo, String name, String peerName, Consumer<MessageWriter> peerAttributes) {
        requireName(name);
        requireName(peerName);
        int flags = MessageWriter.CREATE | MessageWriter.EXCLUSIVE;
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_NEWLINK, flags, InterfaceMessage.LAYOUT)
                        .attribute(Ifla.IFNAME, name)
                        .nested(Ifla.LINKINFO, info -> info.attribute(Ifla.INFO_KIND, kind)
                                .nested(
                                        Ifla.INFO_DATA,
                                        data -> data.nested(peerInfo, peer -> {
                                            peer.struct(InterfaceMessage.LAYOUT).attribute(Ifla.IFNAME, peerName);
                                            peerAttributes.accept(peer);
                                        }))),
                "create " + kind + " pair '" + name + "' and '" + peerName + "'");
        return get(name);
    }

    /** Switches an interface on. */
    public void setUp(InterfaceInfo which) {
        socket.ask(
                change(which).set(InterfaceMessage.FLAGS, IFF_UP).set(InterfaceMessage.CHANGE, IFF_UP),
                "set interface " + which + " up");
    }

    /** Switches an interface off. */
    public void setDown(InterfaceInfo which) {
        socket.ask(change(which).set(InterfaceMessage.CHANGE, IFF_UP), "set interface " + which + " down");
    }

    /** Moves an interface to another namespace, where it is down and may have another index. */
    public void moveTo(NetworkNamespace namespace, InterfaceInfo which) {
        int descriptor = namespace.fd().acquire();
        try {
            socket.ask(
                    change(which).attribute(Ifla.NET_NS_FD, descriptor),
                    "move interface " + which + " to " + namespace);
        } finally {
            namespace.fd().release();
        }
    }

    private static MessageWriter change(InterfaceInfo which) {
        return MessageWriter.request(RouteMessageType.RTM_NEWLINK, 0, InterfaceMessage.LAYOUT)
                .set(InterfaceMessage.INDEX, which.index());
    }

    /** Deletes an interface; with one end of a veth pair goes the other. */
    public void delete(InterfaceInfo which) {
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_DELLINK, 0, InterfaceMessage.LAYOUT)
                        .set(InterfaceMessage.INDEX, which.index()),
                "delete interface " + which);
    }

    /** Gives an interface an address. Duplicates of an IPv6 address are not looked for. */
    public void addAddress(InterfaceInfo to, IpPrefix prefix) {
        int flags = MessageWriter.CREATE | MessageWriter.EXCLUSIVE;
        byte[] address = prefix.address().getAddress();
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_NEWADDR, flags, AddressMessage.LAYOUT)
                        .set(AddressMessage.FAMILY, prefix.isIpv4() ? AF_INET : AF_INET6)
                        .set(AddressMessage.PREFIX_LENGTH, prefix.length())
                        .set(AddressMessage.FLAGS, prefix.isIpv4() ? 0 : IFA_F_NODAD)
                        .set(AddressMessage.INDEX, to.index())
                        .attribute(Ifa.LOCAL, address)
                        .attribute(Ifa.ADDRESS, address),
                "give interface " + to + " the address " + prefix);
    }

    /**
     * Says for good which link layer address has an address on the other side, so that nothing asks for it by ARP or
     * neighbour discovery.
     *
     * @param on the interface that leads there
     * @param address of the other side
     * @param mac its link layer address, as {@link InterfaceInfo#mac} shows it
     */
    public void addNeighbour(InterfaceInfo on, InetAddress address, String mac) {
        int flags = MessageWriter.CREATE | MessageWriter.REPLACE;
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_NEWNEIGH, flags, NeighbourMessage.LAYOUT)
                        .set(NeighbourMessage.FAMILY, address instanceof Inet4Address ? AF_INET : AF_INET6)
                        .set(NeighbourMessage.INDEX, on.index())
                        .set(NeighbourMessage.STATE, NUD_PERMANENT)
                        .attribute(Nda.DST, address.getAddress())
                        .attribute(Nda.LLADDR, MAC_FORMAT.parseHex(mac)),
                "make " + address.getHostAddress() + " a neighbour of interface " + on);
    }

    /** {@return the addresses of an interface, IPv4 and IPv6} */
    public List<IpPrefix> addresses(InterfaceInfo of) {
        MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETADDR, AddressMessage.LAYOUT)
                .set(AddressMessage.INDEX, of.index());
        List<IpPrefix> addresses = new ArrayList<>();
        for (Message message : socket.ask(request, "list the addresses of interface " + of)) {
            // Kernels before 4.20 list those of all interfaces.
            if (message.get(AddressMessage.INDEX) == of.index()) {
                address(message).ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    /** {@return the addresses of all interfaces, IPv4 and IPv6, by the interface's index; in one question} */
    public Map<Integer, List<IpPrefix>> addresses() {
        MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETADDR, AddressMessage.LAYOUT);
        Map<Integer, List<IpPrefix>> addresses = new LinkedHashMap<>();
        for (Message message : socket.ask(request, "list the addresses of all interfaces")) {
            address(message).ifPresent(found -> addresses
                    .computeIfAbsent(message.get(AddressMessage.INDEX), index -> new ArrayList<>())
                    .add(found));
        }
        return addresses;
    }

    /**
     * {@return the indexes of the interfaces that a default route of the main table leads to, those of IPv4 first}
     *
     * <p>Routes that refuse, such as the {@code unreachable default} of older kernels, are none.
     */
    public Set<Integer> defaultRoutes() {
        Set<Integer> indexes = new LinkedHashSet<>();
        for (int family : new int[] {AF_INET, AF_INET6}) {
            MessageWriter request = MessageWriter.dump(RouteMessageType.RTM_GETROUTE, RouteMessage.LAYOUT)
                    .set(RouteMessage.FAMILY, family);
            for (Message message : socket.ask(request, "list the routes of IPv" + (family == AF_INET ? 4 : 6))) {
                if (message.get(RouteMessage.DESTINATION_LENGTH) == 0
                        && message.get(RouteMessage.TYPE) == RTN_UNICAST
                        && message.get(RouteMessage.TABLE) == RT_TABLE_MAIN) {
                    Attributes attributes = message.attributes(RouteMessage.LAYOUT);
                    attributes.get(Rta.OIF).ifPresent(index -> indexes.add(index.s32(0)));
                    attributes.get(Rta.MULTIPATH).ifPresent(hops -> addHops(hops, indexes));
                }
            }
        }
        return indexes;
    }

    private static void addHops(ByteView hops, Set<Integer> indexes) {
        for (int offset = 0; hops.size() - offset >= NextHop.LAYOUT.size(); ) {
            int length = hops.u16(offset + NextHop.LENGTH.offset());
            if (length < NextHop.LAYOUT.size()) {
                throw hops.malformed(offset, "a next hop claims a length of " + length);
            }
            indexes.add(hops.s32(offset + NextHop.INDEX.offset()));
            offset += MessageWriter.align(length);
        }
    }

    /**
     * Adds a default route.
     *
     * @param through the interface, which must be up
     * @param gateway the router on the other side, which must be a neighbour
     */
    public void addDefaultRoute(InterfaceInfo through, InetAddress gateway) {
        int flags = MessageWriter.CREATE | MessageWriter.EXCLUSIVE;
        socket.ask(
                MessageWriter.request(RouteMessageType.RTM_NEWROUTE, flags, RouteMessage.LAYOUT)
                        .set(RouteMessage.FAMILY, gateway instanceof Inet4Address ? AF_INET : AF_INET6)
                        .set(RouteMessage.TABLE, RT_TABLE_MAIN)
                        .set(RouteMessage.PROTOCOL, RTPROT_STATIC)
                        .set(RouteMessage.TYPE, RTN_UNICAST)
                        .attribute(Rta.OIF, through.index())
                        .attribute(Rta.GATEWAY, gateway.getAddress()),
                "add a default route through interface " + through);
    }

    private static Optional<IpPrefix> address(Message message) {
        Attributes attributes = message.attributes(AddressMessage.LAYOUT);
        // On a point-to-point interface ADDRESS is the other side's.
        return attributes.get(Ifa.LOCAL).or(() -> attributes.get(Ifa.ADDRESS)).map(bytes -> {
            try {
                // By its length, since InetAddress would make an IPv4-mapped IPv6 address IPv4.
                InetAddress address = bytes.size() == 16
                        ? Inet6Address.getByAddress(null, bytes.copy(), -1)
                        : InetAddress.getByAddress(bytes.copy());
                return new IpPrefix(address, message.get(AddressMessage.PREFIX_LENGTH));
            } catch (UnknownHostException | IllegalArgumentException e) {
                throw bytes.malformed(0, "is not an IP address: " + e.getMessage());
            }
        });
    }

    private static void requireName(String name) {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' cannot name a network interface: 1 to " + LONGEST_NAME
                    + " bytes, no slash, colon or space");
        }
    }

    /** {@code dev_valid_name} of net/core/dev.c. */
    private static boolean isName(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        return length >= 1
                && length <= LONGEST_NAME
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == ':' || c == 0 || Character.isWhitespace(c));
    }
}
