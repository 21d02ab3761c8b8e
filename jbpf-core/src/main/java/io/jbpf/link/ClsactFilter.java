package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.ClsactHook;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.OwnedFilter;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.program.BpfProgram;
import java.util.List;
import java.util.Optional;

/**
 * A program as a direct-action filter at an interface's clsact: the way to the traffic control hook where the kernel has
 * no TCX. {@code BPF_PROG_TYPE_SCHED_CLS}, Linux 4.5; needs CAP_NET_ADMIN. Where TCX programs are attached too, they run
 * first.
 *
 * <p>It is no kernel object with a descriptor: it cannot be pinned and needs no pin. The interface holds it, so it stays
 * when the process dies; {@link #find} takes it up again, {@link #leave} leaves it on purpose. What it may touch, and
 * where it sits among the filters of others, {@link ClsactHook} tells.
 *
 * <p>Attach in the network namespace of the interface, as in {@code namespace.call(() -> ClsactFilter.attach(...))};
 * after that any thread may use it. It keeps the namespace alive while it is open, and has a descriptor for that; to attach many, let
 * them share a socket. Safe for use by many threads.
 */
public final class ClsactFilter implements Link {
    private final Runnable letGo;
    private final ClsactHook hook;
    private OwnedFilter filter;
    private boolean closed;

    private ClsactFilter(Runnable letGo, ClsactHook hook, OwnedFilter filter) {
        this.letGo = letGo;
        this.hook = hook;
        this.filter = filter;
    }

    /**
     * Attaches a program to an interface of the calling thread's network namespace.
     *
     * @param program of type {@code SCHED_CLS}; the filter keeps it alive
     * @param interfaceIndex the interface
     * @param direction which of its packets the program shall see
     * @param name to find the filter by later: unique on this interface and direction
     * @throws io.jbpf.netlink.UnknownInterfaceException if there is no such interface
     * @throws BpfException if there is a filter of that name already
     * @throws UnsupportedFeatureException if the kernel has no clsact or no BPF classifier
     * @throws SystemCallException if the kernel refuses otherwise
     */
    public static ClsactFilter attach(BpfProgram program, int interfaceIndex, Direction direction, String name) {
        RouteSocket socket = RouteSocket.open();
        try {
            ClsactHook hook = socket.clsact(socket.interfaces().get(interfaceIndex), direction);
            return attach(program, socket::close, hook, name);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Attaches a program by way of a socket that many filters share: one descriptor for all of them, and fewer questions to
     * the kernel for each. From any thread.
     *
     * @param program of type {@code SCHED_CLS}; the filter keeps it alive
     * @param socket of the interface's network namespace; the caller closes it, once no filter is to be updated or detached
     *     any more
     * @param on the interface, as the socket has shown it
     * @param direction which of its packets the program shall see
     * @param name to find the filter by later: unique on this interface and direction
     * @throws BpfException if there is a filter of that name already
     * @throws UnsupportedFeatureException if the kernel has no clsact or no BPF classifier
     * @throws SystemCallException ENODEV if the interface is gone, or another refusal
     */
    public static ClsactFilter attach(
            BpfProgram program, RouteSocket socket, InterfaceInfo on, Direction direction, String name) {
        return attach(program, () -> {}, socket.clsact(on, direction), name);
    }

    private static ClsactFilter attach(BpfProgram program, Runnable letGo, ClsactHook hook, String name) {
        int descriptor = program.fd().acquire();
        try {
            return new ClsactFilter(letGo, hook, hook.add(name, descriptor));
        } finally {
            program.fd().release();
        }
    }

    /**
     * Takes up a filter that an earlier process attached.
     *
     * @param interfaceIndex the interface, in the calling thread's network namespace
     * @param direction which of its packets the program sees
     * @param name what it was attached with
     * @param programId the id of the program that must be in it: that of the pinned one, so that a filter which merely
     *     bears the name is left alone
     * @return the filter, if it is there with that program
     * @throws io.jbpf.netlink.UnknownInterfaceException if there is no such interface
     */
    public static Optional<ClsactFilter> find(int interfaceIndex, Direction direction, String name, int programId) {
        RouteSocket socket = RouteSocket.open();
        Optional<ClsactFilter> found = Optional.empty();
        try {
            ClsactHook hook = socket.clsact(socket.interfaces().get(interfaceIndex), direction);
            found = hook.find(name, programId).map(filter -> new ClsactFilter(socket::close, hook, filter));
        } finally {
            if (found.isEmpty()) {
                socket.close();
            }
        }
        return found;
    }

    @Override
    public String description() {
        return info() + " at clsact " + hook;
    }

    /** {@return its preference, handle, name and program} */
    public synchronized OwnedFilter info() {
        return filter;
    }

    /**
     * The filters that see a packet before this one does. One that accepts a packet keeps it from this one: worth a
     * warning.
     *
     * @throws BpfException if this filter is no longer there
     * @throws IllegalStateException if this is closed
     */
    public synchronized List<TcFilter> before() {
        requireOpen();
        return hook.before(filter);
    }

    /**
     * {@return whether the interface has this filter still: not if somebody has removed it, or the interface is gone}
     *
     * @throws IllegalStateException if this is closed
     */
    public synchronized boolean isAttached() {
        requireOpen();
        try {
            return hook.find(filter.name(), filter.programId()).isPresent();
        } catch (UnknownInterfaceException e) {
            return false;
        } catch (SystemCallException e) {
            if (e.errno().equals(Errno.ENODEV)) {
                return false;
            }
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(description() + " is closed");
        }
    }

    /**
     * Puts another program in this one's place, at once: no packet meets neither, or both.
     *
     * @param program of type {@code SCHED_CLS}
     * @throws BpfException if the filter is gone, or someone has put something else in its place
     * @throws SystemCallException if the kernel refuses; the old program goes on
     * @throws IllegalStateException if this is closed
     */
    public synchronized void update(BpfProgram program) {
        requireOpen();
        int descriptor = program.fd().acquire();
        try {
            filter = hook.replace(filter, descriptor);
        } finally {
            program.fd().release();
        }
    }

    /** Lets go of the filter without detaching it: it goes on without this process. */
    public synchronized void leave() {
        closed = true;
        letGo.run();
    }

    /** Detaches this filter and nothing else. It may be gone already, and so may the interface. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            hook.remove(filter);
        } finally {
            letGo.run();
        }
    }

    @Override
    public String toString() {
        return description();
    }
}
