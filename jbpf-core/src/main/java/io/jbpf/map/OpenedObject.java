package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.SystemCalls;
import java.nio.file.Path;

/**
 * A process, file or cgroup that is held open, so that its number cannot come to mean another: what a
 * {@link LocalStorage} has values for.
 */
public final class OpenedObject implements DescriptorOwner, AutoCloseable {
    private final Fd fd;

    private OpenedObject(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens a process by its id: pidfd_open(2), Linux 5.3.
     *
     * @param pid the id of a process, as its first thread has it
     * @throws SystemCallException ESRCH if there is none
     */
    public static OpenedObject process(long pid) {
        SystemCalls calls = SystemCalls.host();
        String what = "process " + pid;
        return new OpenedObject(Fd.own(calls, opened(calls.pidfdOpen(Math.toIntExact(pid)), what, "pidfd_open"), what));
    }

    /**
     * Opens a file, for its inode, or the directory of a cgroup.
     *
     * @throws SystemCallException ENOENT if there is none
     */
    public static OpenedObject file(Path path) {
        SystemCalls calls = SystemCalls.host();
        String what = path.toString();
        return new OpenedObject(Fd.own(calls, opened(calls.open(what, 0), what, "open"), what));
    }

    private static int opened(int result, String what, String call) {
        if (result < 0) {
            throw new SystemCallException("open " + what, call, new Errno(-result));
        }
        return result;
    }

    @Override
    @SuppressWarnings("exports")
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
