package io.jbpf.event;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.TraceFs;
import io.jbpf.fs.TraceInstance;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What programs write with {@code bpf_printk}, be they whosever: the helpers {@code bpf_trace_printk} and {@code
 * bpf_trace_vprintk}. For looking at programs while they are made; for data, use a {@link RingBuffer}. Needs root: tracefs is
 * root's.
 *
 * <p>Where the kernel can (Linux 5.9), lines are read from a tracing instance of our own, which is gone when this is closed:
 * others that read the global trace_pipe lose nothing by it. An older kernel has the global one alone, and there each line
 * goes to one reader: see {@link #isShared}. A program that is loaded turns the global event on by itself.
 *
 * <p>Lines written before this was opened are not in an instance, but may be in the global pipe.
 */
public final class TracePipe extends EventSource {
    private static final int O_NONBLOCK = 04000;

    /** More than the kernel makes of its events at a time: two pages. */
    private static final int ROOM = 64 << 10;

    /** So that a busy program cannot keep the caller for ever. */
    private static final int READS_AT_ONCE = 64;

    /**
     * The kernel wakes a waiting reader of the global pipe only when half the buffer is full (kernel/trace/ring_buffer.c,
     * {@code buffer_percent}), and some versions an instance's too late: so look from time to time.
     */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Optional<TraceInstance> instance;
    private final Fd pipe;
    private final Consumer<TraceLine> handler;
    private final NativeMemory buffer = NativeMemory.allocate(ROOM);
    private final TraceText text = new TraceText();
    private volatile long lost;

    private TracePipe(Optional<TraceInstance> instance, Fd pipe, Epoll epoll, Consumer<TraceLine> handler) {
        super(pipe.what(), epoll);
        this.instance = instance;
        this.pipe = pipe;
        this.handler = handler;
    }

    /**
     * Opens it; from now on lines are kept for the reader, as many as the kernel has room for.
     *
     * @param handler what gets the lines, on the thread that polls
     * @throws BpfException if tracefs cannot be used
     * @throws SystemCallException if the pipe cannot be opened
     */
    public static TracePipe open(Consumer<TraceLine> handler) {
        TraceFs tracefs = TraceFs.mounted();
        Optional<TraceInstance> instance = TraceInstance.listeningTo(tracefs, "bpf_trace", "bpf_trace_printk");
        try {
            return instance.isPresent()
                    ? open(instance, instance.get().directory().resolve("trace_pipe"), handler)
                    : openShared(tracefs.directory().resolve("trace_pipe"), handler);
        } catch (RuntimeException | Error e) {
            instance.ifPresent(TraceInstance::close);
            throw e;
        }
    }

    /** Opens a pipe that is not ours alone. */
    static TracePipe openShared(Path path, Consumer<TraceLine> handler) {
        return open(Optional.empty(), path, handler);
    }

    private static TracePipe open(Optional<TraceInstance> instance, Path path, Consumer<TraceLine> handler) {
        SystemCalls calls = SystemCalls.host();
        int number = calls.open(path.toString(), O_NONBLOCK);
        if (number < 0) {
            Errno errno = new Errno(-number);
            String hint = errno.equals(Errno.EBUSY) ? "somebody else reads it in a way that excludes others" : "";
            throw new SystemCallException("open " + path, "open", errno, hint);
        }
        Fd pipe = Fd.own(calls, number, path.toString());
        try {
            Epoll epoll = Epoll.open(calls, path.toString());
            try {
                epoll.add(pipe, Epoll.EPOLLIN);
                return new TracePipe(instance, pipe, epoll, handler);
            } catch (RuntimeException | Error e) {
                epoll.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            pipe.close();
            throw e;
        }
    }

    /** {@return whether it is the machine's one pipe, where each line goes to one reader: what we get, others do not} */
    public boolean isShared() {
        return instance.isEmpty();
    }

    /** {@return how many lines the kernel had no room for, as far as it has said so while this was read} */
    public long lost() {
        return lost;
    }

    @Override
    int drain() {
        int delivered = deliver();
        for (int reads = 0; reads < READS_AT_ONCE && !gate().isClosed(); reads++) {
            int length = read();
            if (length == 0) {
                break;
            }
            text.add(buffer.buffer().limit(length).position(0).slice());
            lost = text.lost();
            delivered += deliver();
        }
        return delivered;
    }

    private int deliver() {
        int delivered = 0;
        while (!gate().isClosed()) {
            Optional<TraceLine> line = text.poll();
            if (line.isEmpty()) {
                break;
            }
            handler.accept(line.get());
            delivered++;
        }
        return delivered;
    }

    private int read() {
        int number = pipe.acquire();
        try {
            int result;
            do {
                result = pipe.calls().read(number, buffer.address(), buffer.size());
            } while (result == -Errno.EINTR.number());
            if (result == -Errno.EAGAIN.number()) {
                return 0;
            }
            if (result < 0) {
                throw new SystemCallException("read " + pipe.what(), "read", new Errno(-result));
            }
            return result;
        } finally {
            pipe.release();
        }
    }

    @Override
    long longestWaitNanos() {
        return LONGEST_WAIT_NANOS;
    }

    @Override
    void release() {
        pipe.close();
        instance.ifPresent(TraceInstance::close);
    }
}
