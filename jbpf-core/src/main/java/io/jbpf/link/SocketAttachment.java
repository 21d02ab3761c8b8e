package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;

/**
 * A program on one socket: it decides how much of each packet the socket gets ({@code BPF_PROG_TYPE_SOCKET_FILTER}, Linux
 * 3.19), or which of the sockets that share a port gets a packet ({@code SK_REUSEPORT}, 4.19).
 *
 * <p>It is no kernel object: the socket holds it. A socket has room for one of each kind, and a new one takes the place of
 * the old one: whoever has the socket's descriptor owns what is on it.
 */
public final class SocketAttachment implements Link {
    private static final int SOL_SOCKET = 1;
    private static final int SO_DETACH_FILTER = 27;
    private static final int SO_ATTACH_BPF = 50;
    private static final int SO_ATTACH_REUSEPORT_EBPF = 52;
    private static final int SO_DETACH_REUSEPORT_BPF = 68;

    private final Fd socket;
    private final int detach;
    private boolean closed;

    private SocketAttachment(Fd socket, int detach) {
        this.socket = socket;
        this.detach = detach;
    }

    /**
     * Filters what a socket gets. Needs no capability of its own.
     *
     * @param program of type {@code SOCKET_FILTER}: it answers how many bytes of the packet are kept
     * @param socket the socket's descriptor, which stays the caller's
     * @throws SystemCallException EPERM if the socket's filter is locked, or another refusal
     */
    public static SocketAttachment filter(BpfProgram program, int socket) {
        return attach(program, socket, SO_ATTACH_BPF, SO_DETACH_FILTER, "SO_ATTACH_BPF");
    }

    /**
     * Chooses among the sockets that share a port ({@code SO_REUSEPORT}), for all of them.
     *
     * @param program of type {@code SK_REUSEPORT}, or {@code SOCKET_FILTER}, which answers the socket's number
     * @param socket the descriptor of any of them, which stays the caller's
     * @throws SystemCallException EINVAL if the socket shares no port, or another refusal; ENOPROTOOPT at detaching before
     *     Linux 5.3
     */
    public static SocketAttachment reuseport(BpfProgram program, int socket) {
        return attach(program, socket, SO_ATTACH_REUSEPORT_EBPF, SO_DETACH_REUSEPORT_BPF, "SO_ATTACH_REUSEPORT_EBPF");
    }

    private static SocketAttachment attach(BpfProgram program, int socket, int option, int detach, String call) {
        SystemCalls calls = program.fd().calls();
        String what = "program '" + program.name() + "' to socket " + socket;
        int held = calls.duplicate(socket);
        if (held < 0) {
            throw Refusal.call(what, "fcntl", held, "");
        }
        Fd fd = Fd.own(calls, held, what);
        int number = program.fd().acquire();
        try {
            NativeMemory value = NativeMemory.allocate(Integer.BYTES);
            value.buffer().putInt(0, number);
            int result = calls.setsockopt(held, SOL_SOCKET, option, value.address(), value.size());
            if (result < 0) {
                throw Refusal.call(what, "setsockopt(" + call + ")", result, hint(new Errno(-result)));
            }
            return new SocketAttachment(fd, detach);
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        } finally {
            program.fd().release();
        }
    }

    private static String hint(Errno errno) {
        if (errno.equals(Errno.EPERM)) {
            return "the socket's filter is locked (SO_LOCK_FILTER)";
        }
        return errno.equals(Errno.EINVAL) ? "is the program of the type that the socket takes?" : "";
    }

    @Override
    public String description() {
        return socket.what();
    }

    /** Takes the program off the socket. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        int number = socket.acquire();
        try {
            NativeMemory nothing = NativeMemory.allocate(Integer.BYTES);
            int result = socket.calls().setsockopt(number, SOL_SOCKET, detach, nothing.address(), nothing.size());
            if (result < 0 && result != -Errno.ENOENT.number()) {
                throw new SystemCallException("detach " + socket.what(), "setsockopt(SO_DETACH_…)", new Errno(-result));
            }
        } finally {
            socket.release();
            socket.close();
        }
    }

    @Override
    public String toString() {
        return socket.toString();
    }
}
