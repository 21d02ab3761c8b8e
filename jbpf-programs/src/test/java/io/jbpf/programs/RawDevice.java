package io.jbpf.programs;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.util.Arrays;

/** Puts packets on an interface byte for byte as they are, whatever the stack would think of them. */
final class RawDevice implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int O_RDWR = 2;
    private static final long TUNSETIFF = 0x400454ca;
    private static final int IFF_TUN = 0x1;
    private static final int IFF_TAP = 0x2;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;

    /** struct virtio_net_hdr, linux/virtio_net.h: of it, only hdr_len is set. */
    private static final int VIRTIO_HEADER_BYTES = 10;

    private static final int HEADER_LENGTH = 2;

    private final int descriptor;
    private final boolean virtio;
    private final boolean socket;

    private RawDevice(int descriptor, boolean socket, boolean virtio) {
        this.descriptor = descriptor;
        this.socket = socket;
        this.virtio = virtio;
    }

    private static int check(int result, String what) {
        if (result < 0) {
            throw new IllegalStateException(what + ": errno " + -result);
        }
        return result;
    }

    /** What is sent here arrives at the other end of a veth. */
    static RawDevice veth(InterfaceInfo from) {
        SystemCalls calls = SystemCalls.host();
        int socket = check(calls.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0), "socket(AF_PACKET)");
        NativeMemory address = NativeMemory.allocate(20);
        address.buffer().putShort(0, (short) AF_PACKET).putInt(4, from.index());
        check(calls.bind(socket, address.address(), address.size()), "bind(AF_PACKET)");
        return new RawDevice(socket, true, false);
    }

    /** A device of packets without Ethernet headers, which receives what is written here. */
    static RawDevice tun(String name) {
        return device(name, IFF_TUN | IFF_NO_PI);
    }

    /** A device of Ethernet frames of which, in those of a page and more, the Ethernet header alone is linear. */
    static RawDevice nonLinearTap(String name) {
        return device(name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    }

    private static RawDevice device(String name, int flags) {
        SystemCalls calls = SystemCalls.host();
        int device = check(calls.open("/dev/net/tun", O_RDWR), "open(/dev/net/tun)");
        NativeMemory request = NativeMemory.allocate(40);
        for (int i = 0; i < name.length(); i++) {
            request.buffer().put(i, (byte) name.charAt(i));
        }
        request.buffer().putShort(16, (short) flags);
        check(calls.ioctl(device, TUNSETIFF, request.address()), "ioctl(TUNSETIFF)");
        return new RawDevice(device, false, (flags & IFF_VNET_HDR) != 0);
    }

    void send(byte[] packet) {
        byte[] bytes = packet;
        if (virtio) {
            bytes = new byte[VIRTIO_HEADER_BYTES + packet.length];
            bytes[HEADER_LENGTH] = 14;
            System.arraycopy(packet, 0, bytes, VIRTIO_HEADER_BYTES, packet.length);
        }
        NativeMemory copy = NativeMemory.copyOf(bytes);
        int result = socket
                ? SystemCalls.host().send(descriptor, copy.address(), copy.size(), 0)
                : SystemCalls.host().write(descriptor, copy.address(), copy.size());
        check(result, "send " + Arrays.toString(packet));
    }

    @Override
    public void close() {
        SystemCalls.host().close(descriptor);
    }
}
