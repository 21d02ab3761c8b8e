package io.jbpf.programs;

import io.jbpf.map.Codec;
import io.jbpf.netlink.InetSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** {@code struct flow} of l4_firewall.bpf.c, as its bytes: a flow of a firewall's filtered side, or a socket of it. */
record Flow(ByteBuffer bytes) {
    static final int BYTES = 48;

    static final Codec<Flow> CODEC = Codec.of(BYTES, (flow, to) -> to.put(flow.bytes.duplicate()), from -> {
        byte[] copy = new byte[BYTES];
        from.get(copy);
        return new Flow(ByteBuffer.wrap(copy));
    });

    private static final int LOCAL = 16;
    private static final int REMOTE_PORT = 32;
    private static final int LOCAL_PORT = 34;
    private static final int PROTOCOL = 36;
    private static final int FIREWALL = 40;

    /** {@return the flow of a connected socket} */
    static Flow of(long firewall, InetSocket socket) {
        ByteBuffer flow = empty(firewall);
        flow.put(0, inSixteen(socket.remote())).put(LOCAL, inSixteen(socket.local()));
        flow.putShort(REMOTE_PORT, (short) socket.remotePort()).putShort(LOCAL_PORT, (short) socket.localPort());
        flow.put(PROTOCOL, (byte) socket.protocol().number());
        return new Flow(flow);
    }

    /** {@return what stands for whatever a socket sends, by its cookie: of_socket in may_begin()} */
    static Flow ofAny(long firewall, InetSocket socket) {
        ByteBuffer flow = empty(firewall);
        flow.order(ByteOrder.nativeOrder()).putLong(0, socket.cookie());
        flow.order(ByteOrder.BIG_ENDIAN);
        flow.put(PROTOCOL, (byte) socket.protocol().number());
        return new Flow(flow);
    }

    private static ByteBuffer empty(long firewall) {
        ByteBuffer flow = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
        return flow.putLong(FIREWALL, firewall).order(ByteOrder.BIG_ENDIAN);
    }

    /** {@return the id of the firewall whose flow it is} */
    long firewall() {
        return bytes.duplicate().order(ByteOrder.nativeOrder()).getLong(FIREWALL);
    }

    boolean isTcp() {
        return bytes.get(PROTOCOL) == InetSocket.Protocol.TCP.number();
    }

    /** IPv4 addresses as ::ffff:a.b.c.d. */
    static byte[] inSixteen(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 16) {
            return bytes;
        }
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(bytes, 0, mapped, 12, bytes.length);
        return mapped;
    }

    /** {@return the address of sixteen bytes, of IPv4 as itself} */
    static InetAddress address(byte[] sixteen) {
        try {
            // Makes an Inet4Address of a mapped one.
            return InetAddress.getByAddress(Arrays.copyOf(sixteen, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("sixteen bytes are an address", e);
        }
    }
}
