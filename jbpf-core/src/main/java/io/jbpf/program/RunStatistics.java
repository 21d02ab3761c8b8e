package io.jbpf.program;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.Fd;

/**
 * Keeps the kernel counting how often every program runs and how long that takes ({@code BPF_ENABLE_STATS}): see
 * {@link ProgramInfo#runCount} and {@link ProgramInfo#runTime}. It costs each run of each program two looks at the clock, so
 * close it when enough is counted; the counts stay. Others may have it on as well, by a descriptor of their own or with the
 * sysctl {@code kernel.bpf_stats_enabled}. Needs CAP_SYS_ADMIN. Linux 5.8.
 */
public final class RunStatistics implements AutoCloseable {
    private final Fd fd;

    private RunStatistics(Fd fd) {
        this.fd = fd;
    }

    /**
     * Turns it on.
     *
     * @throws UnsupportedFeatureException if the kernel can do that only by its sysctl, which stays on whatever becomes of us
     * @throws SystemCallException if the kernel refuses
     */
    public static RunStatistics enable() {
        return enable(Bpf.host());
    }

    static RunStatistics enable(Bpf bpf) {
        int result = bpf.enableRunTimeStatistics();
        if (result < 0) {
            Errno errno = new Errno(-result);
            SystemCallException refusal = new SystemCallException(
                    "count the runs of programs",
                    "bpf(BPF_ENABLE_STATS)",
                    errno,
                    errno.equals(Errno.EPERM) ? "run as root or with CAP_SYS_ADMIN" : "");
            throw errno.equals(Errno.EINVAL)
                    ? new UnsupportedFeatureException(
                            "counting the runs of programs (BPF_ENABLE_STATS; else sysctl kernel.bpf_stats_enabled)",
                            "5.8",
                            refusal)
                    : refusal;
        }
        return new RunStatistics(bpf.own(result, "the run statistics of programs"));
    }

    @Override
    public void close() {
        fd.close();
    }
}
