package io.jbpf.programs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Packets by name, all of them to port 22 as far as they have one, and what the firewall is to see in each. */
final class PacketTable {
    static final int PORT = 22;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION = 60;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;

    /** A packet from its Ethernet header on. */
    static final class Entry {
        private final String name;
        private final byte[] frame;
        private final PacketModel.Kind kind;

        Entry(String name, byte[] frame, PacketModel.Kind kind) {
            this.name = name;
            this.frame = frame;
            this.kind = kind;
        }

        String name() {
            return name;
        }

        byte[] frame() {
            return frame.clone();
        }

        /** What the firewall sees in it. */
        PacketModel.Kind kind() {
            return kind;
        }

        @Override
        public String toString() {
            return name;
        }

        boolean isTagged() {
            int type = ((frame[12] & 0xff) << 8) | (frame[13] & 0xff);
            return type == VLAN || type == SERVICE_VLAN;
        }

        boolean isIp() {
            int type = ((frame[12] & 0xff) << 8) | (frame[13] & 0xff);
            return type == 0x0800 || type == 0x86dd;
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    static List<Entry> all() {
        PacketTable table = new PacketTable();
        table.wholePackets();
        table.fragments();
        table.otherProtocols();
        table.wrongHeaders();
        table.cutPackets();
        return table.entries;
    }

    private void add(String name, Frame frame, PacketModel.Kind kind) {
        add(name, frame.bytes(), kind);
    }

    private void add(String name, byte[] frame, PacketModel.Kind kind) {
        entries.add(new Entry(name, frame, kind));
    }

    /** The same with either protocol. */
    private void both(String name, IntFunction<Frame> headers) {
        add(name + ", TCP", headers.apply(0).tcp(PORT), PacketModel.Kind.TCP);
        add(name + ", UDP", headers.apply(0).udp(PORT), PacketModel.Kind.UDP);
    }

    private void wholePackets() {
        both("IPv4", i -> Frame.ipv4());
        both("IPv6", i -> Frame.ipv6());
        for (int options : new int[] {4, 8, 20, 40}) {
            both("IPv4 with " + options + " bytes of options", i -> Frame.ipv4(new int[options]));
        }
        both("IPv4, do not fragment", i -> Frame.ipv4Fragment(0x4000));
        both("hop-by-hop", i -> Frame.ipv6().extension(HOP_BY_HOP, 8));
        both("routing", i -> Frame.ipv6().extension(ROUTING, 24));
        both("destination", i -> Frame.ipv6().extension(DESTINATION, 16));
        both("longest destination", i -> Frame.ipv6().extension(DESTINATION, 1024));
        both("authentication", i -> Frame.ipv6().authentication(24));
        both("hop-by-hop, routing, fragment, authentication, destination", i -> Frame.ipv6()
                .extension(HOP_BY_HOP, 8)
                .extension(ROUTING, 40)
                .fragment(0)
                .authentication(16)
                .extension(DESTINATION, 264));
        both("eight extension headers", PacketTable::eight);
        both("VLAN, IPv4", i -> Frame.tagged(Frame.ipv4(), VLAN));
        both("VLAN, IPv6", i -> Frame.tagged(Frame.ipv6(), VLAN));
        both("service VLAN, IPv4", i -> Frame.tagged(Frame.ipv4(), SERVICE_VLAN));
        both("QinQ, IPv4", i -> Frame.tagged(Frame.ipv4(), SERVICE_VLAN, VLAN));
        both("QinQ, IPv6 with options", i -> Frame.tagged(Frame.ipv6().extension(HOP_BY_HOP, 8), SERVICE_VLAN, VLAN));
        for (int flags : new int[] {Frame.SYN, Frame.SYN | Frame.ACK, Frame.ACK, Frame.RST, Frame.FIN | Frame.ACK, 0}) {
            add("IPv4 TCP, flags " + flags, Frame.ipv4().tcp(40_000, PORT, flags), PacketModel.Kind.TCP);
            add("IPv6 TCP, flags " + flags, Frame.ipv6().tcp(40_000, PORT, flags), PacketModel.Kind.TCP);
        }
    }

    private static Frame eight(int unused) {
        Frame frame = Frame.ipv6();
        for (int i = 0; i < 8; i++) {
            frame.extension(DESTINATION, 8);
        }
        return frame;
    }

    private void fragments() {
        both("IPv4, first fragment", i -> Frame.ipv4Fragment(0x2000).fragmented(77, 0x2000));
        both("IPv6, first fragment", i -> Frame.ipv6().fragment(1, 77));
        both("IPv6, only fragment", i -> Frame.ipv6().fragment(0, 78));
        for (int offset : new int[] {1, 2, 185, 0x1fff}) {
            add(
                    "IPv4, orphan at " + offset,
                    Frame.ipv4().fragmented(100 + offset, offset).udp(PORT),
                    PacketModel.Kind.UNREADABLE);
            add(
                    "IPv4, orphan at " + offset + ", more to come",
                    Frame.ipv4().fragmented(100 + offset, 0x2000 | offset).tcp(PORT),
                    PacketModel.Kind.UNREADABLE);
            add(
                    "IPv6, orphan at " + offset,
                    Frame.ipv6().fragment(offset << 3, 100 + offset).udp(PORT),
                    PacketModel.Kind.UNREADABLE);
        }
        add(
                "IPv6, orphan of what begins with options",
                Frame.ipv6().fragment(9, 99).extension(DESTINATION, 8).tcp(PORT),
                PacketModel.Kind.UNREADABLE);
        add(
                "IPv4, first fragment that ends in the TCP header",
                Frame.ipv4().fragmented(98, 0x2000).tcp(PORT).bytes(-8),
                PacketModel.Kind.UNREADABLE);
    }

    private void otherProtocols() {
        PacketModel.Kind other = PacketModel.Kind.OTHER;
        for (int protocol : new int[] {1, 2, 47, 50, 132, 136}) {
            add("IPv4, protocol " + protocol, Frame.ipv4().then(protocol, 12), other);
        }
        add("IPv4, later fragment of ICMP", Frame.ipv4Fragment(1).then(1, 12), other);
        for (int protocol : new int[] {50, 58, 59, 132, 136}) {
            add("IPv6, protocol " + protocol, Frame.ipv6().then(protocol, 16), other);
        }
        add("IPv6, ICMP behind options", Frame.ipv6().extension(HOP_BY_HOP, 8).then(58, 16), other);
        add("IPv6, later fragment of ICMP", Frame.ipv6().fragment(8).then(58, 16), other);
        add("ARP", Frame.of(0x0806, 28), other);
        add("LLDP", Frame.of(0x88cc, 46), other);
        add("ARP in a VLAN", Frame.tagged(Frame.of(0x0806, 28), VLAN), other);
    }

    private void wrongHeaders() {
        add("IPv4, header length 16", with(Frame.ipv4().tcp(PORT).bytes(), 0x44), PacketModel.Kind.UNREADABLE);
        add("IPv4, header length 0", with(Frame.ipv4().udp(PORT).bytes(), 0x40), PacketModel.Kind.UNREADABLE);
        add("IPv4, header beyond the end", with(Frame.ipv4().udp(PORT).bytes(0), 0x4f), PacketModel.Kind.UNREADABLE);
        add(
                "IPv6 of nine extension headers",
                eight(0).extension(DESTINATION, 8).udp(PORT),
                PacketModel.Kind.UNREADABLE);
        add(
                "IPv6, extension header beyond the end",
                Frame.ipv6().extension(DESTINATION, 2048).bytes(-1024),
                PacketModel.Kind.UNREADABLE);
    }

    private static byte[] with(byte[] frame, int firstByte) {
        frame[14] = (byte) firstByte;
        return frame;
    }

    private void cutPackets() {
        everyByte("IPv4 TCP", Frame.ipv4().tcp(PORT), 15, PacketModel.Kind.TCP);
        everyByte("IPv4 UDP with options", Frame.ipv4(new int[8]).udp(PORT), 35, PacketModel.Kind.UDP);
        everyByte("IPv6 UDP", Frame.ipv6().udp(PORT), 15, PacketModel.Kind.UDP);
        everyByte(
                "IPv6 TCP behind options",
                Frame.ipv6().extension(DESTINATION, 8).tcp(PORT),
                55,
                PacketModel.Kind.TCP);
        // Below 20 the stack drops it as it takes the first tag out.
        everyByte("QinQ IPv4 UDP", Frame.tagged(Frame.ipv4().udp(PORT), SERVICE_VLAN, VLAN), 20, PacketModel.Kind.UDP);
    }

    private void everyByte(String name, Frame frame, int from, PacketModel.Kind whole) {
        int length = frame.bytes(0).length;
        for (int cut = from; cut < length; cut++) {
            add(name + " cut to " + cut + " bytes", frame.bytes(cut - length), PacketModel.Kind.UNREADABLE);
        }
        add(name + " without payload", frame.bytes(0), whole);
    }
}
