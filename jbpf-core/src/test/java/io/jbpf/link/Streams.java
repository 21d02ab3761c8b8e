package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A TCP connection over the loopback interface: at one end a descriptor, which can be put into a map of sockets, at the
 * other a Java socket.
 */
final class Streams implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final SystemCalls CALLS = SystemCalls.host();

    private final Fd near;
    private final Socket far;

    private Streams(Fd near, Socket far) {
        this.near = near;
        this.far = far;
    }

    static Streams connect() throws IOException {
        Fd near = Fd.own(CALLS, CALLS.socket(AF_INET, SOCK_STREAM, 0), "a test stream");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            NativeMemory address = loopback(server.getLocalPort());
            int number = near.acquire();
            near.release();
            assertThat(CALLS.connect(number, address.address(), address.size())).isZero();
            Socket far = server.accept();
            far.setTcpNoDelay(true);
            return new Streams(near, far);
        } catch (IOException | RuntimeException | Error e) {
            near.close();
            throw e;
        }
    }

    /** A {@code struct sockaddr_in} of 127.0.0.1. */
    static NativeMemory loopback(int port) {
        NativeMemory address = NativeMemory.allocate(16);
        address.buffer().putShort(0, (short) AF_INET);
        ByteBuffer network = address.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
        network.putShort(2, (short) port).putInt(4, 0x7f00_0001);
        return address;
    }

    /** The near end's descriptor. */
    int descriptor() {
        int number = near.acquire();
        near.release();
        return number;
    }

    /** Writes a byte at the far end. */
    void write(int value) throws IOException {
        far.getOutputStream().write(value);
    }

    /** Writes a byte at the near end. */
    void send(int value) {
        NativeMemory one = NativeMemory.copyOf(new byte[] {(byte) value});
        assertThat(CALLS.send(descriptor(), one.address(), 1, 0)).isEqualTo(1);
    }

    /** The next byte at the far end; −1 if none comes in time. */
    int read(int milliseconds) throws IOException {
        far.setSoTimeout(milliseconds);
        try {
            return far.getInputStream().read();
        } catch (SocketTimeoutException e) {
            return -1;
        }
    }

    /** The byte that is there at the near end, or −1. */
    int received() {
        NativeMemory one = NativeMemory.allocate(1);
        int dontWait = 0x40;
        return CALLS.recv(descriptor(), one.address(), 1, dontWait) == 1
                ? one.buffer().get(0) & 0xff
                : -1;
    }

    @Override
    public void close() throws IOException {
        near.close();
        far.close();
    }
}
