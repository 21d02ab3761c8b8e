package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

/** What a counter could not count, for tests that expect all of a target's calls counted. */
final class Drops {
    /** Whether this kernel runs programs at sys_enter preemptibly, so that raw or BTF tracepoints alone are never used. */
    static final boolean PREEMPTIBLE =
            SysEnterProbe.waysToTry(Bytecode.SYSCALL_COUNTER.spec()).get(0) == SysEnterHook.CLASSIC_TRACEPOINT;

    private Drops() {}

    /**
     * All calls were counted, and none twice. Where the kernel runs programs at sys_enter preemptibly, and tasks are preempted
     * in long bpf(2) calls, some may be missed: then each is told.
     */
    static void assertCounted(SyscallCounter counter, long counted, long calls) {
        if (PREEMPTIBLE) {
            assertThat(counted).isBetween(calls - counter.dropped().missedRuns(), calls);
        } else {
            assertThat(counted).isEqualTo(calls);
        }
    }

    /**
     * {@return what it could not count; without missed runs where the kernel runs programs at sys_enter preemptibly: there
     * they can be of anybody's calls, and the target's own show in its counts}
     */
    static CounterDrops of(SyscallCounter counter) {
        CounterDrops drops = counter.dropped();
        return PREEMPTIBLE
                ? new CounterDrops(
                        drops.processes(), drops.syscalls(), drops.cgroups(), drops.children(), drops.unread(), 0)
                : drops;
    }
}
