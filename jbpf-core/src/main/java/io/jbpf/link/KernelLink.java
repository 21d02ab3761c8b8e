package io.jbpf.link;

import io.jbpf.error.SystemCallException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;
import java.nio.file.Path;

/**
 * A link that is a kernel object with a descriptor: it can be pinned, and outlives this process if it is. Linux 5.7
 * (raw tracepoints before that have a descriptor but no pin).
 */
public abstract sealed class KernelLink implements Link permits RawTracepointLink, TcxLink, FoundLink {
    private final Fd fd;

    KernelLink(Fd fd) {
        this.fd = fd;
    }

    @Override
    public String description() {
        return fd.what();
    }

    /** {@return what the kernel says of the link; Linux 5.8} */
    public LinkInfo info() {
        return LinkInfo.read(fd);
    }

    /**
     * Gives the link a name in a bpffs: the attachment goes on after {@link #close} and after this process.
     *
     * @throws SystemCallException EEXIST if the name is taken
     */
    public void pin(Path path) {
        bpf().pin(fd, path.toString());
    }

    /**
     * Puts another program in this one's place, at once: no packet or event meets neither, or both.
     *
     * @throws SystemCallException EINVAL where the kind cannot (raw tracepoints)
     */
    public void update(BpfProgram program) {
        bpf().linkUpdate(fd, program.fd());
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }

    private Bpf bpf() {
        return Bpf.with(fd.calls());
    }
}
