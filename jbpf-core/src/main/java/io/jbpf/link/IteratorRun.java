package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** What one run of an iterator writes. A read makes its program go on. */
final class IteratorRun extends InputStream {
    /** The kernel hands over at most its own buffer of eight pages at a time (kernel/bpf/bpf_iter.c, bpf_seq_read). */
    private static final int ROOM = 8 * 4096;

    private final Fd fd;
    private final NativeMemory buffer = NativeMemory.allocate(ROOM);
    private int position;
    private int limit;
    private boolean ended;

    IteratorRun(Fd fd) {
        this.fd = fd;
    }

    @Override
    public synchronized int read() throws IOException {
        return fill() ? buffer.buffer().get(position++) & 0xff : -1;
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int taken = Math.min(length, limit - position);
        buffer.buffer().get(position, into, offset, taken);
        position += taken;
        return taken;
    }

    @Override
    public synchronized int available() {
        return limit - position;
    }

    /** Whether there is something to take. */
    private boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        if (ended) {
            return false;
        }
        int result;
        do {
            // EAGAIN: the kernel has gone through a million objects that wrote nothing, and lets others have a turn.
            result = ask();
        } while (result == -Errno.EINTR.number() || result == -Errno.EAGAIN.number());
        if (result < 0) {
            throw new IOException(new SystemCallException("read " + fd.what(), "read", new Errno(-result)));
        }
        position = 0;
        limit = result;
        ended = result == 0;
        return result > 0;
    }

    private int ask() throws IOException {
        int number;
        try {
            number = fd.acquire();
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            return fd.calls().read(number, buffer.address(), buffer.size());
        } finally {
            fd.release();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
