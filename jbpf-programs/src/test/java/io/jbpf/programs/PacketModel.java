package io.jbpf.programs;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the firewall is to do with a packet, said once more in plain Java from the documentation, without a thought of
 * speed: the program is compared with it. Time stands still in it, and its tables have no end.
 */
final class PacketModel {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final Set<Integer> EXTENSIONS = Set.of(0, 43, 44, 51, 60);

    /** What came of a packet. */
    enum Kind {
        OTHER,
        UNREADABLE,
        TCP,
        UDP
    }

    /** The verdict on a packet, and what it counts as. */
    record Verdict(boolean passes, Kind kind) {}

    private static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A packet read from its bytes. */
    private static final class Packet {
        final byte[] bytes;
        boolean ours;
        boolean laterFragment;
        boolean firstFragment;
        int protocol;
        int source;
        int destination;
        int flags;
        String addresses = "";
        String reverse = "";
        String datagram = "";

        Packet(byte[] bytes) {
            this.bytes = bytes;
        }

        int u8(int offset) {
            if (offset >= bytes.length) {
                throw new Unreadable();
            }
            return bytes[offset] & 0xff;
        }

        int u16(int offset) {
            return u8(offset) << 8 | u8(offset + 1);
        }

        void need(int offset, int count) {
            if (offset + count > bytes.length) {
                throw new Unreadable();
            }
        }

        void read() {
            int type = u16(12);
            int offset = 14;
            int tags = 0;
            while (type == 0x8100 || type == 0x88a8) {
                if (tags++ == 2) {
                    throw new Unreadable();
                }
                type = u16(offset + 2);
                offset += 4;
            }
            if (type == 0x0800) {
                readIpv4(offset);
            } else if (type == 0x86dd) {
                readIpv6(offset);
            }
        }

        private void readIpv4(int offset) {
            need(offset, 20);
            int headerBytes = (u8(offset) & 15) * 4;
            if (u8(offset) >> 4 != 4 || headerBytes < 20) {
                throw new Unreadable();
            }
            int next = u8(offset + 9);
            if (next != TCP && next != UDP) {
                return;
            }
            addresses(offset + 12, 4);
            protocol = next;
            datagram = addresses + " " + u16(offset + 4) + " " + next;
            int fragment = u16(offset + 6);
            if ((fragment & 0x1fff) != 0) {
                laterFragment = true;
                ours = true;
                return;
            }
            readPorts(offset + headerBytes);
            firstFragment = (fragment & 0x2000) != 0;
        }

        private void readIpv6(int start) {
            need(start, 40);
            if (u8(start) >> 4 != 6) {
                throw new Unreadable();
            }
            addresses(start + 8, 16);
            int next = u8(start + 6);
            int offset = start + 40;
            boolean first = false;
            for (int i = 0; i < 8 && EXTENSIONS.contains(next); i++) {
                need(offset, 8);
                int length = u8(offset + 1);
                int after = u8(offset);
                if (next == 44) {
                    datagram = addresses + " " + u16(offset + 4) + ":" + u16(offset + 6);
                    int fragment = u16(offset + 2);
                    first = (fragment & 1) != 0;
                    if ((fragment & 0xfff8) != 0) {
                        ours = after == TCP || after == UDP || EXTENSIONS.contains(after);
                        laterFragment = ours;
                        return;
                    }
                    offset += 8;
                } else {
                    offset += next == 51 ? (length + 2) * 4 : (length + 1) * 8;
                }
                next = after;
            }
            if (EXTENSIONS.contains(next)) {
                throw new Unreadable();
            }
            if (next == TCP || next == UDP) {
                protocol = next;
                readPorts(offset);
                firstFragment = first;
            }
        }

        private void readPorts(int offset) {
            need(offset, protocol == TCP ? 20 : 8);
            source = u16(offset);
            destination = u16(offset + 2);
            flags = protocol == TCP ? u8(offset + 13) : 0;
            ours = true;
        }

        private void addresses(int offset, int size) {
            String from = Arrays.toString(Arrays.copyOfRange(bytes, offset, offset + size));
            String to = Arrays.toString(Arrays.copyOfRange(bytes, offset + size, offset + 2 * size));
            addresses = from + to;
            reverse = to + from;
        }

        boolean begins() {
            return protocol == TCP && (flags & 0x12) == 0x02;
        }
    }

    private final Set<String> ownFlows = new HashSet<>();
    private final Map<String, Verdict> firstFragments = new HashMap<>();
    private long ownLetIn;
    private long fragmentsThatFollowed;

    /** {@return packets of own flows that the rules alone would have refused} */
    long ownLetIn() {
        return ownLetIn;
    }

    /** {@return later fragments whose first was known} */
    long fragmentsThatFollowed() {
        return fragmentsThatFollowed;
    }

    /** A packet comes in. */
    Verdict incoming(FirewallRules rules, byte[] bytes) {
        boolean byDefault = rules.defaultAction() == DefaultAction.ALLOW;
        Packet packet = new Packet(bytes);
        try {
            packet.read();
        } catch (Unreadable e) {
            return new Verdict(byDefault, Kind.UNREADABLE);
        }
        if (!packet.ours) {
            return new Verdict(true, Kind.OTHER);
        }
        if (packet.laterFragment) {
            Verdict first = firstFragments.get(packet.datagram);
            fragmentsThatFollowed += first == null ? 0 : 1;
            return first == null ? new Verdict(byDefault, Kind.UNREADABLE) : first;
        }
        String flow = packet.protocol + packet.reverse + packet.destination + " " + packet.source;
        boolean own = !packet.begins() && ownFlows.contains(flow);
        ownLetIn += (own && rules.refuses(packet.destination)) ? 1 : 0;
        Verdict verdict =
                new Verdict(!rules.refuses(packet.destination) || own, packet.protocol == TCP ? Kind.TCP : Kind.UDP);
        if (packet.firstFragment && rules.refusesAny()) {
            firstFragments.put(packet.datagram, verdict);
        }
        return verdict;
    }

    /** A packet goes out. */
    void outgoing(FirewallRules rules, byte[] bytes) {
        Packet packet = new Packet(bytes);
        try {
            packet.read();
        } catch (Unreadable e) {
            return;
        }
        if (packet.ours
                && !packet.laterFragment
                && rules.refuses(packet.source)
                && (packet.protocol == UDP || packet.begins())) {
            ownFlows.add(packet.protocol + packet.addresses + packet.source + " " + packet.destination);
        }
    }

    /** What is remembered goes where the rules refuse nothing. */
    void replaced(FirewallRules rules) {
        if (!rules.refusesAny()) {
            ownFlows.clear();
            firstFragments.clear();
        }
    }
}
