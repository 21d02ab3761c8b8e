package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jbpf.error.BpfException;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * A task that preempts another in the middle of its system call, or of a bpf(2) call, and makes calls itself on that
 * processor: from Linux 7.2 on, raw and BTF tracepoints alone would not see them.
 */
@KernelTest
@Tag("syscall-counter")
class PreemptedCallsTest {
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));
    private static final long CALLS = Long.getLong("jbpf.calls", 5_000_000);
    private static final int NAPS = 2000;
    private static final int CALLS_A_NAP = 20;

    private final TestCgroup cgroup = TestCgroup.create();

    @AfterEach
    void close() throws IOException {
        cgroup.close();
    }

    private static void nap(Caller caller) {
        boolean napped = caller.callInNaps(NAPS, CALLS_A_NAP);
        if (!napped && System.getProperty("jbpf.tools", "skip").equals("required")) {
            throw new AssertionError("needs gcc and real-time tasks (and -Djbpf.tools=required forbids to skip)");
        }
        assumeTrue(napped, "needs gcc and real-time tasks");
    }

    @Test
    void isCountedThoughItPreemptsAnotherInItsCall() throws Exception {
        try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL)) {
            preemptAnothersCalls(counter);
        }
    }

    /** Also on kernels that do not need it. */
    @Test
    void isCountedByClassicTracepointToo(TestReporter reporter) throws Exception {
        SyscallCounter opened;
        try {
            opened = SyscallCounter.open(CounterSizes.SMALL, SysEnterHook.CLASSIC_TRACEPOINT);
        } catch (BpfException e) {
            // Following a task without helpers: Linux 5.11. The counter goes by raw tracepoint there.
            assertThat(e).hasMessageContaining("the verifier refuses program");
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> SyscallCounter.open(CounterSizes.SMALL, SysEnterHook.BTF_TRACEPOINT));
            KernelSupport.lacks(reporter, "tasks followed without helpers in tracepoint programs (Linux 5.11)");
            return;
        }
        try (SyscallCounter counter = opened) {
            preemptAnothersCalls(counter);
        }
    }

    private void preemptAnothersCalls(SyscallCounter counter) throws Exception {
        try (Caller busy = Caller.start();
                Caller urgent = Caller.start()) {
            cgroup.add(busy.pid());
            cgroup.add(urgent.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            busy.stayOnFirstProcessor();
            busy.begin(CALLS);
            nap(urgent);
            busy.finish();
            assertThat(counter.processes(target))
                    .containsExactlyInAnyOrder(
                            new ProcessCount(busy.pid(), CALLS, false),
                            new ProcessCount(urgent.pid(), NAPS * CALLS_A_NAP, false));
            assertThat(counter.snapshot().total(target)).isEqualTo(CALLS + NAPS * CALLS_A_NAP);
            assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
        }
    }

    @Test
    void isCountedThoughItPreemptsAnotherThatReadsMaps(TestReporter reporter) throws Exception {
        try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL);
                Caller urgent = Caller.start()) {
            cgroup.add(urgent.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            AtomicBoolean enough = new AtomicBoolean();
            Thread reader = new Thread(() -> {
                while (!enough.get()) {
                    counter.leftovers();
                }
            });
            reader.start();
            try {
                nap(urgent);
            } finally {
                enough.set(true);
                reader.join();
            }
            reporter.publishEntry("calls taken on", Long.toString(counter.rescued()));
            // The reader reads in bpf(2) calls: another task may be preempted in the program that stands in meanwhile.
            ProcessCount counted =
                    assertThat(counter.processes(target)).singleElement().actual();
            assertThat(counted.pid()).isEqualTo(urgent.pid());
            Drops.assertCounted(counter, counted.count(), NAPS * CALLS_A_NAP);
            assertThat(counter.snapshot().total(target)).isEqualTo(counted.count());
            assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
        }
    }
}
