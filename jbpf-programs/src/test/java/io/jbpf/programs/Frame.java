package io.jbpf.programs;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An Ethernet frame put together header by header, for a program's test run. Each header says in the one before what it
 * is; addresses, lengths and checksums are of no account to the programs.
 */
final class Frame {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int ETHERNET_BYTES = 14;
    private static final int TCP = 6;
    private static final int UDP = 17;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    private final List<Header> headers = new ArrayList<>();

    /** One header: what the header before calls it, and where it says itself what comes next. */
    private static final class Header {
        final int type;
        final byte[] bytes;
        final int nextOffset;
        final int nextSize;

        Header(int type, byte[] bytes, int nextOffset, int nextSize) {
            this.type = type;
            this.bytes = bytes;
            this.nextOffset = nextOffset;
            this.nextSize = nextSize;
        }
    }

    private Frame() {}

    static Frame ipv4(int... options) {
        return new Frame().thenIpv4(0, options);
    }

    /** An IPv4 packet with this fragment field: offset in units of eight bytes, and 0x2000 for "more to come". */
    static Frame ipv4Fragment(int fragment) {
        return new Frame().thenIpv4(fragment);
    }

    static Frame ipv6() {
        return new Frame().thenIpv6();
    }

    /** A frame of another EtherType. */
    static Frame of(int etherType, int bytes) {
        return new Frame().then(etherType, new byte[bytes], 0, 0);
    }

    /** Tags around what {@code inner} is, outermost first: 0x8100 or 0x88a8. */
    static Frame tagged(Frame inner, int... tagTypes) {
        Frame frame = new Frame();
        for (int type : tagTypes) {
            frame.then(type, new byte[4], 2, Short.BYTES);
        }
        frame.headers.addAll(inner.headers);
        return frame;
    }

    /** A packet from one address to another of the same family; options only of IPv4. */
    static Frame between(InetAddress from, InetAddress to, int... options) {
        Frame frame = from.getAddress().length == 4 ? ipv4(options) : ipv6();
        byte[] header = frame.headers.get(0).bytes;
        ByteBuffer.wrap(header)
                .position(from.getAddress().length == 4 ? 12 : 8)
                .put(from.getAddress())
                .put(to.getAddress());
        return frame;
    }

    private Frame thenIpv4(int fragment, int... options) {
        byte[] header = new byte[20 + options.length];
        header[0] = (byte) (0x40 | header.length / 4);
        ByteBuffer.wrap(header).putShort(6, (short) fragment);
        for (int i = 0; i < options.length; i++) {
            header[20 + i] = (byte) options[i];
        }
        return then(IPV4, header, 9, 1);
    }

    private Frame thenIpv6() {
        byte[] header = new byte[IPV6_HEADER_BYTES];
        header[0] = 0x60;
        return then(IPV6, header, 6, 1);
    }

    /** An IPv6 extension header: 0, 43 or 60, of so many bytes, a multiple of eight. */
    Frame extension(int type, int bytes) {
        byte[] header = new byte[bytes];
        header[1] = (byte) (bytes / 8 - 1);
        return then(type, header, 0, 1);
    }

    /** An authentication header (51) of so many bytes, a multiple of four. */
    Frame authentication(int bytes) {
        byte[] header = new byte[bytes];
        header[1] = (byte) (bytes / 4 - 2);
        return then(51, header, 0, 1);
    }

    /** Makes the IPv4 packet a fragment: its datagram's id, and the field as {@link #ipv4Fragment} has it. */
    Frame fragmented(int id, int field) {
        ByteBuffer.wrap(headers.get(0).bytes).putShort(4, (short) id).putShort(6, (short) field);
        return this;
    }

    /** An IPv6 fragment header (44) with this field: offset in units of eight bytes times eight, and 1 for "more". */
    Frame fragment(int field) {
        return fragment(field, 0);
    }

    /** The same, of the datagram with this id. */
    Frame fragment(int field, int id) {
        byte[] header = new byte[8];
        ByteBuffer.wrap(header).putShort(2, (short) field).putInt(4, id);
        return then(44, header, 0, 1);
    }

    Frame tcp(int port) {
        return tcp(40_000, port, SYN);
    }

    Frame tcp(int from, int to, int flags) {
        byte[] header = new byte[20];
        ByteBuffer.wrap(header).putShort(0, (short) from).putShort(2, (short) to);
        header[12] = 5 << 4;
        header[13] = (byte) flags;
        return then(TCP, header, 0, 0);
    }

    Frame udp(int port) {
        return udp(40_000, port);
    }

    Frame udp(int from, int to) {
        byte[] header = new byte[8];
        ByteBuffer.wrap(header).putShort(0, (short) from).putShort(2, (short) to);
        return then(UDP, header, 0, 0);
    }

    /** What is announced as this protocol, so many bytes of it. */
    Frame then(int type, int bytes) {
        return then(type, new byte[bytes], 0, 0);
    }

    private Frame then(int type, byte[] bytes, int nextOffset, int nextSize) {
        headers.add(new Header(type, bytes, nextOffset, nextSize));
        return this;
    }

    /** {@return the frame, with some bytes of payload} */
    byte[] bytes() {
        return bytes(32);
    }

    /** {@return the frame, with so many bytes of payload; fewer than none cuts the end off} */
    byte[] bytes(int payload) {
        byte[] ethernet = new byte[ETHERNET_BYTES];
        List<Header> all = new ArrayList<>(List.of(new Header(0, ethernet, ETHERNET_BYTES - Short.BYTES, Short.BYTES)));
        all.addAll(headers);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        for (int i = 0; i < all.size(); i++) {
            Header header = all.get(i);
            ByteBuffer bytes = ByteBuffer.wrap(header.bytes.clone());
            int next = i + 1 < all.size() ? all.get(i + 1).type : 0;
            if (header.nextSize == Byte.BYTES) {
                bytes.put(header.nextOffset, (byte) next);
            } else if (header.nextSize == Short.BYTES) {
                bytes.putShort(header.nextOffset, (short) next);
            }
            frame.writeBytes(bytes.array());
        }
        return Arrays.copyOf(frame.toByteArray(), frame.size() + payload);
    }
}
