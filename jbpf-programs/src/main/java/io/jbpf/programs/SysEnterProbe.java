package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.fs.TraceFs;
import io.jbpf.object.ObjectSpec;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out which way to see system calls misses none on this kernel. */
final class SysEnterProbe {
    private static final Logger LOG = LoggerFactory.getLogger(SysEnterProbe.class);

    private SysEnterProbe() {}

    /** {@return what to try, one after the other, until the kernel takes it} */
    static List<SysEnterHook> waysToTry(ObjectSpec spec) {
        if (!runsPreemptibly(spec)) {
            return List.of(SysEnterHook.BTF_TRACEPOINT, SysEnterHook.RAW_TRACEPOINT);
        }
        try {
            TraceFs.mounted().tracepointId("raw_syscalls", "sys_enter");
            return List.of(SysEnterHook.CLASSIC_TRACEPOINT, SysEnterHook.BTF_TRACEPOINT, SysEnterHook.RAW_TRACEPOINT);
        } catch (BpfException e) {
            LOG.warn(
                    "system calls can be missed on this kernel, which CounterDrops.missedRuns tells: programs at sys_enter"
                            + " run preemptibly, and the classic tracepoint, where they do not, cannot be used ({});"
                            + " mount tracefs and give CAP_DAC_READ_SEARCH",
                    e.getMessage());
            return List.of(SysEnterHook.BTF_TRACEPOINT, SysEnterHook.RAW_TRACEPOINT);
        }
    }

    /**
     * Where programs of sys_enter may sleep they run preemptibly, and alone would miss calls: see count_syscalls_tp in
     * syscall_counter.bpf.c. A kernel that knows such tracepoints refuses one at sched_switch; Linux 5.10 to 6.1 let both load.
     */
    private static boolean runsPreemptibly(ObjectSpec spec) {
        return loads(spec, "may_sleep") && !loads(spec, "may_not_sleep");
    }

    private static boolean loads(ObjectSpec spec, String only) {
        try {
            BpfObject.load(Bytecode.alone(spec, only)).close();
            return true;
        } catch (BpfException e) {
            if (e instanceof SystemCallException refused && refused.errno().isPassing()) {
                throw e;
            }
            LOG.debug("this kernel does not take '{}': {}", only, e.getMessage());
            return false;
        }
    }
}
