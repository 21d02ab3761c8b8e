package io.jbpf.netlink;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteStructs.SocketAddress;
import io.jbpf.netlink.RouteStructs.TimeValue;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with the kernel about the interfaces, queueing disciplines and filters of one network namespace: the
 * one the opening thread was in, whichever thread asks later ({@code namespace.call(RouteSocket::open)} opens one
 * elsewhere). While it is open the namespace stays alive. Threads may share it; their requests take turns.
 *
 * <p>A request ends with the kernel's answer, with its refusal, in its own words where it has any ({@code
 * NETLINK_EXT_ACK}, Linux 4.12), or when nothing has come for a while: it never hangs. A listing that changed while it
 * was read ({@code NLM_F_DUMP_INTR}) is read again. An answer that makes no sense, or none in time, closes the socket,
 * since what comes next could belong to either request.
 *
 * <p>Reading needs no capability, changing needs CAP_NET_ADMIN. See rtnetlink(7).
 */
public final class RouteSocket implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int NETLINK_SOCK_DIAG = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int MSG_PEEK = 0x2;
    private static final int MSG_TRUNC = 0x20;

    private static final int NLMSG_NOOP = 1;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLMSG_OVERRUN = 4;
    private static final int NLM_F_DUMP_INTR = 0x10;

    /**
     * The most that NLMSG_GOODSIZE can be. With more room the kernel would put more into a datagram of a dump, and allocate
     * as much for each, which takes it longer than all the rest (af_netlink.c, netlink_dump).
     */
    private static final int USUAL_ROOM = 8 << 10;

    /** Buffers for the next requests: a thousand open sockets need no thousand of them. */
    private static final Queue<NativeMemory> SPARE = new ArrayBlockingQueue<>(4);

    // What each socket is told, from memory that is never written again.
    private static final int[] CONVENIENCES = {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK};
    private static final NativeMemory ONE = one();
    private static final NativeMemory KERNEL =
            NativeMemory.allocate(SocketAddress.LAYOUT.size()).set(SocketAddress.FAMILY, AF_NETLINK);

    private static final NativeMemory NONE = NativeMemory.allocate(0);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final NativeMemory TIMEOUT = timeout(PATIENCE);

    /**
     * A listing can be interrupted again and again where interfaces come and go all the time: it is read this often, and
     * as long as an answer may take, before that is an error.
     */
    private static final int DUMP_ATTEMPTS = 20;

    /** More than the largest dump of the largest machine; a kernel that says more is out of its mind. */
    private static final long LARGEST_ANSWER = 256L << 20;

    private final Fd fd;
    private final Duration patience;

    /** What a request and its answer are copied through; borrowed for a request. */
    private NativeMemory buffer = NONE;

    /** The most that was ever needed: from then on the kernel may fill it. */
    private int room = USUAL_ROOM;

    private int sequence;

    private RouteSocket(Fd fd, Duration patience) {
        this.fd = fd;
        this.patience = patience;
    }

    /**
     * Opens a socket in the calling thread's network namespace.
     *
     * @throws SystemCallException if the kernel refuses, as it does when no descriptor is left
     */
    public static RouteSocket open() {
        return open(SystemCalls.host(), PATIENCE);
    }

    static RouteSocket open(SystemCalls calls, Duration patience) {
        return open(calls, patience, NETLINK_ROUTE, "rtnetlink socket");
    }

    /** One for the questions of {@link SocketDiagnosis}, which are asked and answered alike. */
    static RouteSocket openForDiagnosis() {
        return open(SystemCalls.host(), PATIENCE, NETLINK_SOCK_DIAG, "sock_diag socket");
    }

    private static RouteSocket open(SystemCalls calls, Duration patience, int protocol, String what) {
        int number = check(calls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol), "socket(AF_NETLINK)");
        RouteSocket socket = new RouteSocket(Fd.own(calls, number, what), patience);
        try {
            socket.setUp(calls, number);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    private void setUp(SystemCalls calls, int number) {
        NativeMemory timeout = patience.equals(PATIENCE) ? TIMEOUT : timeout(patience);
        check(
                calls.setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, timeout.address(), timeout.size()),
                "setsockopt(SO_RCVTIMEO)");
        // Three conveniences; a kernel without them (before 4.12, 4.20) says less or sends more.
        for (int option : CONVENIENCES) {
            calls.setsockopt(number, SOL_NETLINK, option, ONE.address(), ONE.size());
        }
        // Connected to the kernel, so that no other process can send to it.
        check(calls.connect(number, KERNEL.address(), KERNEL.size()), "connect(AF_NETLINK)");
    }

    private static NativeMemory timeout(Duration patience) {
        return NativeMemory.allocate(TimeValue.LAYOUT.size())
                .set(TimeValue.SECONDS, patience.toSeconds())
                .set(TimeValue.MICROSECONDS, patience.toNanosPart() / 1000);
    }

    private static NativeMemory one() {
        NativeMemory one = NativeMemory.allocate(Integer.BYTES);
        one.buffer().putInt(0, 1);
        return one;
    }

    /** {@return the interfaces of the socket's namespace} */
    public Interfaces interfaces() {
        return new Interfaces(this);
    }

    /**
     * {@link NetworkNamespace#cookie} of the socket's namespace, without entering it.
     *
     * @return the number; nothing before Linux 5.14
     */
    public OptionalLong namespaceCookie() {
        return NetworkNamespace.cookie(fd);
    }

    /**
     * The place where clsact filters sit on an interface.
     *
     * @param on the interface, as this socket has shown it
     * @param direction the way of the packets, as the interface sees it
     */
    public ClsactHook clsact(InterfaceInfo on, Direction direction) {
        return new ClsactHook(this, on, direction);
    }

    /** {@return the filters with jbpf's mark in the socket's namespace, whichever process has attached them} */
    public MarkedFilters markedFilters() {
        return new MarkedFilters(this);
    }

    /**
     * The place of the XDP program on an interface.
     *
     * @param on the interface, as this socket has shown it
     */
    public XdpHook xdp(InterfaceInfo on) {
        return new XdpHook(this, on);
    }

    /**
     * Asks and collects what the kernel answers.
     *
     * @param activity what is being done, to follow "cannot"
     * @return the messages between the request and its end; none if it is only acknowledged
     * @throws SystemCallException if the kernel refuses
     */
    synchronized List<Message> ask(MessageWriter request, String activity) {
        long end = System.nanoTime() + patience.toNanos();
        for (int attempt = 0; attempt < DUMP_ATTEMPTS || System.nanoTime() - end < 0; attempt++) {
            Answer answer = new Answer(request.type(), activity, ++sequence);
            int number = fd.acquire();
            borrowBuffer();
            try {
                send(number, request.finish(sequence), answer);
                receive(number, answer);
            } catch (MalformedObjectException | Unanswered e) {
                fd.close();
                throw e;
            } finally {
                returnBuffer();
                fd.release();
            }
            if (answer.refusal != null) {
                throw answer.refusal;
            }
            if (!answer.interrupted) {
                return answer.messages;
            }
        }
        throw new BpfException("cannot " + activity + ": " + request.type().call() + ": what is listed changed"
                + " all the time while it was read");
    }

    private void borrowBuffer() {
        NativeMemory spare = room == USUAL_ROOM ? SPARE.poll() : null;
        buffer = spare == null ? NativeMemory.allocate(room) : spare;
    }

    private void returnBuffer() {
        if (buffer.size() == USUAL_ROOM) {
            boolean unused = SPARE.offer(buffer);
        }
        buffer = NONE;
    }

    private void send(int number, byte[] message, Answer answer) {
        NativeMemory copy = message.length <= buffer.size() ? buffer : NativeMemory.allocate(message.length);
        copy.buffer().put(0, message);
        int result;
        do {
            result = fd.calls().send(number, copy.address(), message.length, 0);
        } while (result == -Errno.EINTR.number());
        if (result < 0) {
            throw answer.failed("send", new Errno(-result));
        }
    }

    private void receive(int number, Answer answer) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!answer.complete) {
            ByteView datagram = datagram(number, answer);
            for (Message message : Message.split(datagram)) {
                answer.take(message);
            }
            if (!answer.complete && System.nanoTime() - deadline > 0) {
                throw answer.late(patience);
            }
        }
    }

    /** Unless it is bounded, looks at how long the next datagram is before it takes it: one cut short is an answer lost. */
    private ByteView datagram(int number, Answer answer) {
        if (!answer.type.isBounded() || room > USUAL_ROOM) {
            room = Math.max(room, receive(number, answer, MSG_PEEK | MSG_TRUNC));
            if (room > buffer.size()) {
                buffer = NativeMemory.allocate(room);
            }
        }
        int length = receive(number, answer, MSG_TRUNC);
        if (length > buffer.size()) {
            throw answer.cutShort(length, buffer.size());
        }
        byte[] copy = new byte[length];
        buffer.buffer().get(0, copy);
        answer.count(length);
        return ByteView.of("answer to " + answer.type, "datagram", copy, ByteOrder.nativeOrder());
    }

    private int receive(int number, Answer answer, int flags) {
        int result;
        do {
            result = fd.calls().recv(number, buffer.address(), buffer.size(), flags);
        } while (result == -Errno.EINTR.number());
        if (result == -Errno.EAGAIN.number()) {
            throw answer.late(patience);
        }
        if (result < 0) {
            throw answer.failed("recv", new Errno(-result));
        }
        return result;
    }

    private static int check(int result, String call) {
        if (result < 0) {
            throw new SystemCallException("open an rtnetlink socket", call, new Errno(-result));
        }
        return result;
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }

    /** The conversation broke off: no refusal, but no answer either. */
    private static final class Unanswered extends BpfException {
        private static final long serialVersionUID = 1L;

        Unanswered(String message) {
            super(message);
        }
    }

    /** What has come so far in answer to one request. */
    private static final class Answer {
        final RouteMessageType type;
        final List<Message> messages = new ArrayList<>();
        boolean complete;
        boolean interrupted;

        @Nullable
        SystemCallException refusal;

        private final String activity;
        private final int sequence;
        private long received;

        Answer(RouteMessageType type, String activity, int sequence) {
            this.type = type;
            this.activity = activity;
            this.sequence = sequence;
        }

        void take(Message message) {
            if (message.sequence() != sequence) {
                return; // a late answer to a request that was given up, or a notification
            }
            interrupted |= (message.flags() & NLM_F_DUMP_INTR) != 0;
            switch (message.type()) {
                case NLMSG_NOOP -> {}
                case NLMSG_ERROR -> end(message.payload().s32(0), Acknowledgements.text(message));
                // A dump that failed half-way says so in its end; before 4.16 the end was empty.
                case NLMSG_DONE ->
                    end(message.payload().size() < 4 ? 0 : message.payload().s32(0), "");
                case NLMSG_OVERRUN ->
                    throw new Unanswered(
                            "cannot " + activity + ": " + type.call() + ": the kernel lost a part of its answer");
                default -> {
                    if (complete) {
                        throw message.payload().malformed(0, "comes after the end of the answer");
                    }
                    messages.add(message);
                }
            }
        }

        private void end(int error, String text) {
            complete = true;
            if (error < 0) {
                Errno errno = new Errno(-error);
                refusal = new SystemCallException(activity, type.call(), errno, RouteHints.hint(errno, text));
            }
        }

        void count(int bytes) {
            received += bytes;
            if (received > LARGEST_ANSWER) {
                throw new Unanswered("cannot " + activity + ": " + type.call() + ": the answer is larger than "
                        + (LARGEST_ANSWER >> 20) + " MiB");
            }
        }

        Unanswered late(Duration patience) {
            return new Unanswered("cannot " + activity + ": " + type.call()
                    + ": no complete answer from the kernel within " + patience.toMillis() + " ms");
        }

        Unanswered cutShort(int length, int room) {
            return new Unanswered("cannot " + activity + ": " + type.call() + ": the answer is in a datagram of "
                    + length + " bytes, and no kernel known makes one of more than " + room);
        }

        Unanswered failed(String call, Errno errno) {
            return new Unanswered("cannot " + activity + ": " + type.call() + ": " + call + ": " + errno);
        }
    }
}
