package io.jbpf.link;

import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.XdpHook;
import io.jbpf.netlink.XdpMode;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Fd;

/**
 * The program that sees an interface's packets first, attached through rtnetlink, without a link: for kernels that have no
 * {@link XdpLink}, or where it shall stay when the process dies. {@code BPF_PROG_TYPE_XDP}, Linux 4.12.
 *
 * <p>It is no kernel object: it cannot be pinned and needs no pin. The interface holds it. It never takes the place of
 * another's program, and closing it removes ours alone: see {@link XdpHook}.
 *
 * <p>Attach in the network namespace of the interface; after that any thread may use it. It keeps the namespace alive while
 * it is open. Safe for use by many threads.
 */
public final class XdpAttachment implements Link {
    private final RouteSocket socket;
    private final XdpHook hook;
    private final XdpMode mode;
    private Fd program;
    private int programId;
    private boolean closed;

    private XdpAttachment(RouteSocket socket, XdpHook hook, XdpMode mode, Fd program, int programId) {
        this.socket = socket;
        this.hook = hook;
        this.mode = mode;
        this.program = program;
        this.programId = programId;
    }

    /**
     * Attaches a program to an interface of the calling thread's network namespace. Needs CAP_NET_ADMIN.
     *
     * @param program of type {@code XDP}; the attachment keeps it alive
     * @param interfaceIndex the interface
     * @param mode where the program is to run
     * @throws io.jbpf.netlink.UnknownInterfaceException if there is no such interface
     * @throws SystemCallException EBUSY if a program is there already, EOPNOTSUPP if the driver has no such mode, or another
     *     refusal
     */
    public static XdpAttachment attach(BpfProgram program, int interfaceIndex, XdpMode mode) {
        RouteSocket socket = RouteSocket.open();
        try {
            XdpHook hook = socket.xdp(socket.interfaces().get(interfaceIndex));
            Fd held = program.fd().duplicate();
            try {
                XdpAttachment attachment = new XdpAttachment(
                        socket, hook, mode, held, program.info().id());
                int descriptor = held.acquire();
                try {
                    hook.attach(descriptor, mode);
                } finally {
                    held.release();
                }
                return attachment;
            } catch (RuntimeException | Error e) {
                held.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public synchronized String description() {
        return program.what() + " at XDP of " + hook + " (" + mode + ")";
    }

    /**
     * Puts another program in this one's place, at once. Linux 5.7.
     *
     * @param replacement of type {@code XDP}
     * @throws SystemCallException EEXIST if somebody has put another program in its place, or another refusal; what is there
     *     goes on
     */
    public synchronized void update(BpfProgram replacement) {
        Fd next = replacement.fd().duplicate();
        try {
            int expected = program.acquire();
            int descriptor = next.acquire();
            try {
                hook.replace(descriptor, expected, mode);
            } finally {
                next.release();
                program.release();
            }
        } catch (RuntimeException | Error e) {
            next.close();
            throw e;
        }
        program.close();
        program = next;
        programId = replacement.info().id();
    }

    /** Lets go of the attachment without detaching it: it goes on without this process. */
    public synchronized void leave() {
        closed = true;
        program.close();
        socket.close();
    }

    /** Detaches our program, if it is still the one in place. It may be gone already, and so may the interface. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        int expected = program.acquire();
        try {
            hook.detach(expected, programId, mode);
        } finally {
            program.release();
            program.close();
            socket.close();
        }
    }

    @Override
    public String toString() {
        return description();
    }
}
