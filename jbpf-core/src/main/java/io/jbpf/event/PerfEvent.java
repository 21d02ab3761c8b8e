package io.jbpf.event;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.sys.MappedMemory;
import io.jbpf.sys.MappedRegion;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;
import io.jbpf.sys.Privileges;
import io.jbpf.sys.SystemCalls;
import java.util.Optional;

/** The perf event of one CPU into which {@code bpf_perf_event_output} writes, with its ring. */
final class PerfEvent implements AutoCloseable {
    // linux/perf_event.h
    private static final int PERF_TYPE_SOFTWARE = 1;
    private static final int PERF_COUNT_SW_BPF_OUTPUT = 10;
    private static final int PERF_SAMPLE_RAW = 1 << 10;
    private static final int WATERMARK = 1 << 14;
    private static final int PERF_FLAG_FD_CLOEXEC = 8;

    private final Fd fd;
    private final MappedRegion region;
    private final PerfRing ring;

    private PerfEvent(Fd fd, MappedRegion region, PerfRing ring) {
        this.fd = fd;
        this.region = region;
        this.ring = ring;
    }

    /** Opens the event of a CPU; empty if that is not online. */
    static Optional<PerfEvent> open(SystemCalls calls, int cpu, PerfBufferOptions options, SampleHandler handler) {
        boolean bytes = options.wakeupBytes() > 0;
        NativeMemory attr = PerfEventAttr.of(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT)
                .set(PerfEventAttr.SAMPLE_PERIOD, 1)
                .set(PerfEventAttr.SAMPLE_TYPE, PERF_SAMPLE_RAW)
                .set(PerfEventAttr.FLAGS, bytes ? WATERMARK : 0)
                .set(PerfEventAttr.WAKEUP, bytes ? options.wakeupBytes() : options.wakeupEvents());
        int opened = calls.perfEventOpen(attr.address(), -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
        if (opened == -Errno.ENODEV.number()) {
            return Optional.empty();
        }
        String what = "the perf event of CPU " + cpu;
        if (opened < 0) {
            Errno errno = new Errno(-opened);
            throw new SystemCallException("open " + what, "perf_event_open", errno, openHint(errno));
        }
        Fd fd = Fd.own(calls, opened, what);
        try {
            int size = options.bytesPerCpu();
            MappedRegion region = map(calls, opened, size, what);
            PerfRing ring = new PerfRing(cpu, region.memory(), MappedMemory.PAGE_SIZE, size, handler);
            return Optional.of(new PerfEvent(fd, region, ring));
        } catch (RuntimeException | Error e) {
            fd.close();
            throw e;
        }
    }

    private static MappedRegion map(SystemCalls calls, int fd, int size, String what) {
        try {
            // Writable, or the kernel would overwrite what is not read (perf_mmap in kernel/events/core.c).
            return MappedRegion.map(calls, fd, 0, MappedMemory.PAGE_SIZE + size, true, what);
        } catch (SystemCallException e) {
            if (!e.errno().equals(Errno.EPERM)) {
                throw e;
            }
            throw new SystemCallException(
                    e.activity(),
                    e.call(),
                    e.errno(),
                    "locked memory is spent: raise /proc/sys/kernel/perf_event_mlock_kb or 'ulimit -l', take fewer bytes"
                            + " for each CPU, or run with CAP_IPC_LOCK");
        }
    }

    private static String openHint(Errno errno) {
        return errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES)
                ? Privileges.NEEDED + ", or lower /proc/sys/kernel/perf_event_paranoid"
                : "";
    }

    Fd fd() {
        return fd;
    }

    PerfRing ring() {
        return ring;
    }

    @Override
    public void close() {
        region.close();
        fd.close();
    }
}
