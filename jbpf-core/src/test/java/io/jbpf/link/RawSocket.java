package io.jbpf.link;

import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jnr.ffi.LibraryLoader;

/** A socket as the kernel has it: of one family alone, and with nothing remembered by the JDK. */
final class RawSocket implements AutoCloseable {
    static final int STREAM = 1;
    static final int DATAGRAM = 2;

    private static final int MSG_DONTWAIT = 0x40;
    private static final SystemCalls CALLS = SystemCalls.host();
    private static final Names LIBC = LibraryLoader.create(Names.class).load("c");

    private final Family family;
    private final Fd fd;

    /** What jbpf itself has no use for. A struct msghdr keeps sendto(2)'s six arguments out of the stub's way. */
    public interface Names {
        /** listen(2). */
        int listen(int fd, int backlog);

        /** getsockname(2). */
        int getsockname(int fd, long address, long length);

        /** getpeername(2). */
        int getpeername(int fd, long address, long length);

        /** sendmsg(2). */
        int sendmsg(int fd, long message, int flags);

        /** recvmsg(2). */
        int recvmsg(int fd, long message, int flags);
    }

    /** What an address is made of. */
    enum Family {
        /** A port of 127.0.0.1. */
        INET(2, 16),
        /** A port of ::1. */
        INET6(10, 28),
        /** A name in the abstract name space. */
        UNIX(1, 110);

        private final int number;
        private final int size;

        Family(int number, int size) {
            this.number = number;
            this.size = size;
        }

        private NativeMemory address(String name) {
            if (this == UNIX) {
                byte[] bytes = ("\0" + name).getBytes(StandardCharsets.US_ASCII);
                NativeMemory address = NativeMemory.allocate(2 + bytes.length);
                address.buffer().putShort(0, (short) number).put(2, bytes);
                return address;
            }
            NativeMemory address = NativeMemory.allocate(size);
            address.buffer().putShort(0, (short) number);
            ByteBuffer network = address.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
            network.putShort(2, Short.parseShort(name));
            if (this == INET) {
                network.putInt(4, 0x7f00_0001);
            } else {
                network.put(8 + 15, (byte) 1);
            }
            return address;
        }

        private String name(NativeMemory address, int length) {
            if (this != UNIX) {
                return Integer.toString(
                        address.buffer().duplicate().order(ByteOrder.BIG_ENDIAN).getShort(2) & 0xffff);
            }
            byte[] bytes = new byte[Math.max(0, length - 3)];
            address.buffer().get(3, bytes);
            return new String(bytes, StandardCharsets.US_ASCII);
        }
    }

    /**
     * What was received.
     *
     * @param value the byte
     * @param from where from, as the kernel told
     */
    record Received(int value, String from) {}

    private RawSocket(Family family, Fd fd) {
        this.family = family;
        this.fd = fd;
    }

    /** Opens one; the negative errno if that is refused. */
    static int tryOpen(Family family, int type) {
        int opened = CALLS.socket(family.number, type, 0);
        if (opened >= 0) {
            CALLS.close(opened);
            return 0;
        }
        return opened;
    }

    static RawSocket open(Family family, int type) {
        return new RawSocket(family, Fd.own(CALLS, CALLS.socket(family.number, type, 0), "a test socket"));
    }

    /** Opens one and gives it a name. */
    static RawSocket bound(Family family, int type, String name) {
        RawSocket socket = open(family, type);
        int result = socket.bind(name);
        if (result < 0) {
            socket.close();
            throw new AssertionError("bind " + name + ": " + result);
        }
        return socket;
    }

    int descriptor() {
        int number = fd.acquire();
        fd.release();
        return number;
    }

    int bind(String name) {
        NativeMemory address = family.address(name);
        return CALLS.bind(descriptor(), address.address(), address.size());
    }

    int connect(String name) {
        NativeMemory address = family.address(name);
        return CALLS.connect(descriptor(), address.address(), address.size());
    }

    void listen() {
        LIBC.listen(descriptor(), 1);
    }

    /** Its own name. */
    String name() {
        return ask(LIBC::getsockname);
    }

    /** The name of what it is connected to. */
    String peerName() {
        return ask(LIBC::getpeername);
    }

    private interface Question {
        int ask(int fd, long address, long length);
    }

    private String ask(Question question) {
        NativeMemory address = NativeMemory.allocate(family.size);
        NativeMemory length = NativeMemory.allocate(4);
        length.buffer().putInt(0, address.size());
        int result = question.ask(descriptor(), address.address(), length.address());
        return result < 0 ? "" : family.name(address, length.buffer().getInt(0));
    }

    /** Sends a byte; whether that worked. */
    boolean send(String to, int value) {
        NativeMemory address = family.address(to);
        NativeMemory data = NativeMemory.copyOf(new byte[] {(byte) value});
        NativeMemory vector = vector(data);
        return LIBC.sendmsg(descriptor(), message(address, vector).address(), 0) == 1;
    }

    /** The byte that is there, if there is one. */
    Optional<Received> receive() {
        NativeMemory address = NativeMemory.allocate(family.size);
        NativeMemory data = NativeMemory.allocate(1);
        NativeMemory vector = vector(data);
        NativeMemory message = message(address, vector);
        if (LIBC.recvmsg(descriptor(), message.address(), MSG_DONTWAIT) != 1) {
            return Optional.empty();
        }
        int length = message.buffer().getInt(8);
        return Optional.of(new Received(data.buffer().get(0) & 0xff, family.name(address, length)));
    }

    /** {@code struct iovec} */
    private static NativeMemory vector(NativeMemory data) {
        NativeMemory vector = NativeMemory.allocate(16);
        vector.buffer().putLong(0, data.address()).putLong(8, data.size());
        return vector;
    }

    /** {@code struct msghdr}: address, its length, the vectors and how many */
    private static NativeMemory message(NativeMemory address, NativeMemory vector) {
        NativeMemory message = NativeMemory.allocate(56);
        message.buffer()
                .putLong(0, address.address())
                .putInt(8, address.size())
                .putLong(16, vector.address())
                .putLong(24, 1);
        return message;
    }

    @Override
    public void close() {
        fd.close();
    }
}
