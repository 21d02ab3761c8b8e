package io.jbpf.link;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;

/**
 * A program that is run every so often on one processor: by the clock, or each time a counter has gone on by a number.
 * {@code BPF_PROG_TYPE_PERF_EVENT}, Linux 4.9; a link with pin and info from 5.15. One link a processor.
 */
public final class SampleLink extends PerfEventLink {
    private static final long FREQ = 1 << 10;

    private SampleLink(Attached attached) {
        super(attached);
    }

    /**
     * What to count, and how often to run.
     *
     * @param type {@code perf_event_attr.type}: 0 for hardware, 1 for software
     * @param config {@code perf_event_attr.config}: {@code PERF_COUNT_…}
     * @param every how many of it, or, if {@code frequency}, how many runs a second
     * @param frequency whether {@code every} is runs a second
     * @param pid the process or thread to watch; −1 for all
     */
    public record Options(int type, long config, long every, boolean frequency, int pid) {
        /** {@return the clock of a processor, busy or not ({@code PERF_COUNT_SW_CPU_CLOCK}), so often a second} */
        public static Options clock(long perSecond) {
            return new Options(1, 0, perSecond, true, -1);
        }

        /** {@return another counter of the kernel's ({@code PERF_COUNT_SW_…})} */
        public static Options software(long counter, long every) {
            return new Options(1, counter, every, false, -1);
        }

        /** {@return a counter of the processor's ({@code PERF_COUNT_HW_…})} */
        public static Options hardware(long counter, long every) {
            return new Options(0, counter, every, false, -1);
        }

        /** {@return the same for one process or thread} */
        public Options ofProcess(int newPid) {
            return new Options(type, config, every, frequency, newPid);
        }
    }

    /**
     * Attaches a program. Needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8.
     *
     * @param program of type {@code PERF_EVENT}
     * @param cpu the processor; −1 for all, if the options name a process
     * @param options what to count
     * @throws SystemCallException ENOENT or EOPNOTSUPP if this machine does not count that, or another refusal
     */
    public static SampleLink attach(BpfProgram program, int cpu, Options options) {
        String what = "program '" + program.name() + "' to perf event " + options.type() + ":" + options.config()
                + " of CPU " + cpu;
        NativeMemory attr = PerfEventAttr.of(options.type(), options.config())
                .set(PerfEventAttr.SAMPLE_PERIOD, options.every())
                .set(PerfEventAttr.FLAGS, options.frequency() ? FREQ : 0);
        return new SampleLink(attach(program, attr, options.pid(), cpu, 0, what, SampleLink::hint));
    }

    private static String hint(Errno errno) {
        boolean missing = errno.equals(Errno.ENOENT) || errno.equals(Errno.EOPNOTSUPP);
        return missing ? "this machine does not count that; virtual ones often have no hardware counters" : "";
    }
}
