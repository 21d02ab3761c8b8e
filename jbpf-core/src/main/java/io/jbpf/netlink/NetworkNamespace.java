package io.jbpf.netlink;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace, held by a descriptor: it stays alive, and stays the same one, while this is open, even if its
 * path is unmounted, its process ends, or the pid is given to another.
 *
 * <p>To do something inside it, {@link #call} runs it on a thread made for that call. The kernel knows namespaces per
 * thread, so no other Java thread notices. What is opened inside (a socket, a {@link RouteSocket}) stays in that
 * namespace and may be used by any thread afterwards. See namespaces(7).
 */
public final class NetworkNamespace implements AutoCloseable {
    /** CLONE_NEWNET, linux/sched.h. */
    static final int CLONE_NEWNET = 0x4000_0000;

    /** O_RDONLY, and without waiting should the path be a FIFO. */
    private static final int O_NONBLOCK = 0x800;

    /** {@code _IO(0xb7, 0x3)}, linux/nsfs.h, Linux 4.11. */
    private static final long NS_GET_NSTYPE = 0xb703;

    private static final String OF_THIS_THREAD = "/proc/thread-self/ns/net";
    private static final String IS_PROC_MOUNTED = "is /proc mounted?";

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_NETNS_COOKIE = 71;

    private final Fd fd;
    private final long device;
    private final long inode;
    private final Instant shownSince;

    private NetworkNamespace(Fd fd, long device, long inode, Instant shownSince) {
        this.fd = fd;
        this.device = device;
        this.inode = inode;
        this.shownSince = shownSince;
    }

    /**
     * Work to be done inside a namespace.
     *
     * @param <T> what comes of it
     * @param <E> the checked exception it may throw
     */
    @FunctionalInterface
    public interface Action<T extends @Nullable Object, E extends Exception> {
        /** Does it. */
        T run() throws E;
    }

    /**
     * Opens a namespace by a path that stands for it: {@code /run/netns/NAME} or {@code /proc/PID/ns/net}.
     *
     * @throws SystemCallException if there is no such file or it may not be opened
     * @throws BpfException if the file is not a network namespace
     */
    public static NetworkNamespace open(Path path) {
        return open(path.toString(), "network namespace " + path, "");
    }

    /**
     * Opens the namespace of a process. That of another user's process needs CAP_SYS_PTRACE.
     *
     * @throws SystemCallException if there is no such process or it may not be looked at
     */
    public static NetworkNamespace ofProcess(long pid) {
        return open(
                "/proc/" + pid + "/ns/net",
                "network namespace of process " + pid,
                "there is no process " + pid + " (any more)");
    }

    /** Opens the namespace the calling thread is in. */
    public static NetworkNamespace current() {
        return open(OF_THIS_THREAD, "network namespace of this thread", IS_PROC_MOUNTED);
    }

    /**
     * Makes a new namespace, with nothing in it but a loopback interface that is down. It has no name: it is gone when
     * this is closed and nothing else (a process, a socket) is left in it. Needs CAP_SYS_ADMIN.
     */
    public static NetworkNamespace create() {
        SystemCalls calls = SystemCalls.host();
        // Nothing but the two calls happens on that thread: a library thread first started there (the cleaner of Fd)
        // would be born in the new namespace, and stay.
        int number = NamespaceThread.run("new", () -> {
            int result = calls.unshare(CLONE_NEWNET);
            if (result < 0) {
                throw refused("create a network namespace", "unshare(CLONE_NEWNET)", new Errno(-result), "");
            }
            return calls.open(OF_THIS_THREAD, O_NONBLOCK);
        });
        return opened(calls, number, OF_THIS_THREAD, "new network namespace", IS_PROC_MOUNTED);
    }

    private static NetworkNamespace open(String path, String what, String ifMissing) {
        SystemCalls calls = SystemCalls.host();
        return opened(calls, calls.open(path, O_NONBLOCK), path, what, ifMissing);
    }

    private static NetworkNamespace opened(SystemCalls calls, int number, String path, String what, String ifMissing) {
        if (number < 0) {
            Errno errno = new Errno(-number);
            boolean missing = errno.equals(Errno.ENOENT) || errno.equals(Errno.ESRCH);
            throw refused("open the " + what, "open(" + path + ")", errno, missing ? ifMissing : "");
        }
        Fd fd = Fd.own(calls, number, what);
        try {
            int type = calls.ioctl(number, NS_GET_NSTYPE, 0);
            if (type != CLONE_NEWNET) {
                throw new BpfException("cannot open the " + what + ": " + path + " is "
                        + (type < 0 ? "not a namespace" : "a namespace of another kind")
                        + "; /run/netns/NAME or /proc/PID/ns/net would be one");
            }
            // Through /proc rather than fstat(2), whose struct differs between x86_64 and aarch64.
            Path itself = Path.of("/proc/self/fd/" + number);
            Map<String, Object> attributes = Files.readAttributes(itself, "unix:dev,ino,ctime");
            return new NetworkNamespace(
                    fd,
                    number(attributes, "dev"),
                    number(attributes, "ino"),
                    ((FileTime) Objects.requireNonNull(attributes.get("ctime"))).toInstant());
        } catch (IOException e) {
            fd.close();
            throw new BpfException("cannot identify the " + what + ": " + e, e);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static long number(Map<String, Object> attributes, String name) {
        return ((Number) Objects.requireNonNull(attributes.get(name))).longValue();
    }

    private static SystemCallException refused(String activity, String call, Errno errno, String hint) {
        String advice = hint;
        if (errno.equals(Errno.EPERM)) {
            advice = "run as root or with CAP_SYS_ADMIN";
        } else if (errno.equals(Errno.EACCES)) {
            advice = "run as root or with CAP_SYS_PTRACE, or name it by a path such as /run/netns/NAME";
        } else if (errno.equals(Errno.ENOSPC)) {
            advice = "there are as many as there may be: /proc/sys/user/max_net_namespaces";
        }
        return new SystemCallException(activity, call, errno, advice);
    }

    /**
     * Runs something inside the namespace and waits for it. It runs on a thread of its own, which enters the namespace
     * and ends afterwards; thread-locals of the caller are not there. If the caller is interrupted, so is that thread, and
     * the caller goes on waiting for it to end, with its interrupt status set again afterwards. Needs CAP_SYS_ADMIN.
     *
     * <p>A thread or executor started in there is born in the namespace and remains in it. Do not start one that outlives
     * the call, not even by way of a parallel stream. A process started in there runs in the namespace too.
     *
     * @param action what to do
     * @param <T> what comes of it
     * @param <E> the checked exception it may throw
     * @return what came of it
     * @throws E what the action threw, the very same exception
     * @throws SystemCallException if the namespace cannot be entered
     */
    public <T extends @Nullable Object, E extends Exception> T call(Action<T, E> action) throws E {
        return NamespaceThread.<T, E>run(Long.toString(inode), () -> {
            enter();
            return action.run();
        });
    }

    private void enter() {
        int number = fd.acquire();
        try {
            int result = fd.calls().setns(number, CLONE_NEWNET);
            if (result < 0) {
                throw refused("enter the " + fd.what(), "setns", new Errno(-result), "");
            }
        } finally {
            fd.release();
        }
    }

    /**
     * {@return whether both are one namespace, however each was found}
     *
     * @param other another, or the same
     */
    public boolean isSameAs(NetworkNamespace other) {
        return device == other.device && inode == other.inode;
    }

    /** {@return the inode: what {@code readlink /proc/PID/ns/net} shows. It may be used again after the namespace's end} */
    public long inode() {
        return inode;
    }

    /** {@return what tells it from every other namespace alive, as {@code device:inode}} */
    public String identity() {
        return device + ":" + inode;
    }

    /**
     * When the kernel made the file that stands for it: the ctime of {@code /run/netns/NAME} or {@code /proc/PID/ns/net}. It is
     * the same, by whatever path it is found, for as long as one of them is mounted or open. With {@link #inode}, it tells the
     * namespace from an earlier one that had its inode, where there is no {@link #cookie}.
     *
     * @return the time, by the wall clock of then
     */
    public Instant shownSince() {
        return shownSince;
    }

    /**
     * The number the kernel gave it, never used again until the next boot ({@code SO_NETNS_COOKIE}). Needs CAP_SYS_ADMIN.
     *
     * @return the number; nothing before Linux 5.14
     */
    public OptionalLong cookie() {
        return call(() -> {
            SystemCalls calls = fd.calls();
            int number = calls.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
            if (number < 0) {
                throw refused("read the cookie of the " + fd.what(), "socket(AF_INET)", new Errno(-number), "");
            }
            try (Fd socket = Fd.own(calls, number, "socket")) {
                return cookie(socket);
            }
        });
    }

    /** The cookie of the namespace that a socket is in. */
    static OptionalLong cookie(Fd socket) {
        NativeMemory cookie = NativeMemory.allocate(Long.BYTES);
        NativeMemory length = NativeMemory.allocate(Integer.BYTES);
        length.buffer().putInt(0, cookie.size());
        int number = socket.acquire();
        try {
            int result =
                    socket.calls().getsockopt(number, SOL_SOCKET, SO_NETNS_COOKIE, cookie.address(), length.address());
            return result < 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(cookie.buffer().getLong(0));
        } finally {
            socket.release();
        }
    }

    /** {@return the owned descriptor, for the packages that hand it to the kernel; its type is not exported} */
    @SuppressWarnings("exports")
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }

    /** {@return what it is and its inode} */
    @Override
    public String toString() {
        return fd.what() + " (net:[" + inode + "])";
    }
}
