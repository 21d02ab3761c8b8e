package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.map.Codec;
import io.jbpf.map.SocketMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

@KernelTest
class SocketAttachmentTest {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEPORT = 15;
    private static final int PORT = 5353;
    private static final int MSG_DONTWAIT = 0x40;
    private static final SystemCalls CALLS = SystemCalls.host();

    /** A Unix datagram socket that is connected to itself by an abstract name: what it sends it gets at once. */
    private static Fd echo(String name) {
        NativeMemory address = NativeMemory.allocate(2 + 1 + name.length());
        address.buffer().putShort(0, (short) AF_UNIX);
        for (int i = 0; i < name.length(); i++) {
            address.buffer().put(3 + i, (byte) name.charAt(i));
        }
        Fd socket = Fd.own(CALLS, CALLS.socket(AF_UNIX, SOCK_DGRAM, 0), "test socket");
        int number = socket.acquire();
        assertThat(CALLS.bind(number, address.address(), address.size())).isZero();
        assertThat(CALLS.connect(number, address.address(), address.size())).isZero();
        socket.release();
        return socket;
    }

    private static boolean arrives(int socket) {
        NativeMemory byteOfData = NativeMemory.allocate(1);
        CALLS.send(socket, byteOfData.address(), 1, MSG_DONTWAIT);
        return CALLS.recv(socket, byteOfData.address(), 1, MSG_DONTWAIT) == 1;
    }

    @Test
    void aSocketGetsNothingFromAttachToClose() {
        try (LinkObject object = LinkObject.load("takes_no_packets");
                Fd socket = echo("jbpf-test-" + ProcessHandle.current().pid())) {
            int number = socket.acquire();
            assertThat(arrives(number)).isTrue();
            try (Link link = SocketAttachment.filter(object.program("takes_no_packets"), number)) {
                assertThat(link.description()).contains("to socket " + number);
                assertThat(arrives(number)).isFalse();
                assertThat(object.get("hits")).isEqualTo(1);
            }
            assertThat(arrives(number)).isTrue();
            LinkObject.leavesNoDescriptor(() -> SocketAttachment.filter(object.program("takes_no_packets"), number)
                    .close());
            socket.release();
        }
    }

    /** 127.0.0.0/8 is all this machine's: an address that no other test has, and so any port of it. */
    private static byte[] ownLoopback() {
        int pid = (int) ProcessHandle.current().pid();
        return new byte[] {127, (byte) (200 | (pid >> 16 & 7)), (byte) (pid >> 8), (byte) pid};
    }

    private static NativeMemory address(byte[] host, int port) {
        NativeMemory address = NativeMemory.allocate(16);
        address.buffer().putShort(0, (short) AF_INET);
        address.buffer().put(2, (byte) (port >> 8)).put(3, (byte) port).put(4, host);
        return address;
    }

    @Test
    void aSharedPortGetsNothingFromAttachToClose() throws IOException {
        byte[] host = ownLoopback();
        NativeMemory address = address(host, PORT);
        NativeMemory one = NativeMemory.allocate(Integer.BYTES);
        one.buffer().putInt(0, 1);
        try (LinkObject object = LinkObject.load("drops_shared_packets");
                Fd socket = Fd.own(CALLS, CALLS.socket(AF_INET, SOCK_DGRAM, 0), "test socket");
                DatagramSocket sender = new DatagramSocket()) {
            int number = socket.acquire();
            assertThat(CALLS.setsockopt(number, SOL_SOCKET, SO_REUSEPORT, one.address(), one.size()))
                    .isZero();
            assertThat(CALLS.bind(number, address.address(), address.size())).isZero();
            DatagramPacket packet = new DatagramPacket(new byte[1], 1, InetAddress.getByAddress(host), PORT);
            sender.send(packet);
            Waits.until(() -> receives(number));
            try (Link link = SocketAttachment.reuseport(object.program("drops_shared_packets"), number)) {
                sender.send(packet);
                Waits.until(() -> object.get("hits") == 1);
                assertThat(receives(number)).as(link.description()).isFalse();
            }
            sender.send(packet);
            Waits.until(() -> receives(number));
            socket.release();
        }
    }

    @Test
    void aProgramChoosesAmongTheSocketsOfAMap() throws IOException {
        NativeMemory one = NativeMemory.allocate(Integer.BYTES);
        one.buffer().putInt(0, 1);
        try (LinkObject object = LinkObject.loadFrom("sockets", "chooses");
                Fd first = Fd.own(CALLS, CALLS.socket(AF_INET, SOCK_DGRAM, 0), "test socket");
                Fd second = Fd.own(CALLS, CALLS.socket(AF_INET, SOCK_DGRAM, 0), "test socket");
                DatagramSocket sender = new DatagramSocket()) {
            SocketMap<Integer> shared = SocketMap.of(object.map("shared"), Codec.u32());
            byte[] host = ownLoopback();
            NativeMemory address = address(host, PORT + 1);
            int[] numbers = {first.acquire(), second.acquire()};
            for (int i = 0; i < 2; i++) {
                assertThat(CALLS.setsockopt(numbers[i], SOL_SOCKET, SO_REUSEPORT, one.address(), one.size()))
                        .isZero();
                assertThat(CALLS.bind(numbers[i], address.address(), address.size()))
                        .isZero();
                shared.put(i, numbers[i], UpdateMode.ANY);
            }
            DatagramPacket packet = new DatagramPacket(new byte[1], 1, InetAddress.getByAddress(host), PORT + 1);
            try (Link link = SocketAttachment.reuseport(object.program("chooses"), numbers[0])) {
                for (int chosen : new int[] {1, 0, 1, 1, 0}) {
                    object.set("chosen", chosen);
                    sender.send(packet);
                    Waits.until(() -> receives(numbers[chosen]));
                    assertThat(receives(numbers[1 - chosen]))
                            .as(link.description())
                            .isFalse();
                }
                // Nobody is at this place.
                object.set("chosen", 3);
                sender.send(packet);
                Waits.until(() -> object.get("hits") == 6);
                assertThat(receives(numbers[0]) || receives(numbers[1])).isFalse();
            }
            first.release();
            second.release();
        }
    }

    private static boolean receives(int socket) {
        NativeMemory byteOfData = NativeMemory.allocate(1);
        return CALLS.recv(socket, byteOfData.address(), 1, MSG_DONTWAIT) == 1;
    }

    @Test
    void whatIsNoSocketIsRefused() {
        try (LinkObject object = LinkObject.load("takes_no_packets")) {
            assertThatThrownBy(() -> SocketAttachment.filter(object.program("takes_no_packets"), -1))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EBADF));
        }
    }
}
