package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cgroups of version 1, of version 2, and both on one machine; by BTF tracepoint, and by raw tracepoint as on old kernels. */
@KernelTest
@Tag("syscall-counter")
class CgroupHierarchiesTest {
    /** Needs cgroups of version 1, which not every machine has. */
    private static final String V1 = "cgroup-v1";

    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));

    private static SyscallCounter open(String tracepoint) {
        return tracepoint.equals("raw") && !Drops.PREEMPTIBLE
                ? SyscallCounter.open(CounterSizes.SMALL, SysEnterHook.RAW_TRACEPOINT)
                : SyscallCounter.open(CounterSizes.SMALL);
    }

    private static Optional<TestCgroup> v1(String controller, TestReporter reporter) {
        Optional<TestCgroup> cgroup = TestCgroup.createV1(controller);
        if (cgroup.isEmpty()) {
            KernelSupport.lacks(reporter, "cgroup v1 with the " + controller + " controller on this machine");
        }
        return cgroup;
    }

    private static void move(Caller caller, Path directory) throws IOException {
        Files.writeString(directory.resolve("cgroup.procs"), Integer.toString(caller.pid()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"btf", "raw"})
    void countsWhoIsInTheCgroupOrBelowAndNobodyElse(String tracepoint) throws Exception {
        countsWhoIsIn(TestCgroup.create(), tracepoint);
    }

    @ParameterizedTest
    @CsvSource({"memory, btf", "memory, raw", "pids, btf", "pids, raw"})
    @Tag(V1)
    void countsWhoIsInTheCgroupOfVersion1OrBelowAndNobodyElse(
            String controller, String tracepoint, TestReporter reporter) throws Exception {
        Optional<TestCgroup> cgroup = v1(controller, reporter);
        if (cgroup.isPresent()) {
            countsWhoIsIn(cgroup.get(), tracepoint);
        }
    }

    private static void countsWhoIsIn(TestCgroup made, String tracepoint) throws Exception {
        try (TestCgroup cgroup = made;
                SyscallCounter counter = open(tracepoint);
                Caller caller = Caller.start();
                Caller other = Caller.start()) {
            Path old = Files.createDirectories(cgroup.path().resolve("old/older"));
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            Path young = Files.createDirectories(cgroup.path().resolve("young/younger"));
            caller.call(7);
            assertThat(counter.snapshot().total(target)).isZero();
            cgroup.add(caller.pid());
            other.begin(5000);
            caller.call(1000);
            assertThat(counter.snapshot().total(target)).isEqualTo(1000);
            move(caller, old);
            caller.call(100);
            assertThat(counter.snapshot().total(target)).isEqualTo(1100);
            move(caller, young);
            caller.call(10);
            other.finish();
            assertThat(counter.snapshot().total(target)).isEqualTo(1110);
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(caller.pid(), 1110, false));
            assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
        }
    }

    @Test
    @Tag(V1)
    void aCgroupIsToldFromTheOneWithItsIdInAnotherHierarchy(TestReporter reporter) throws Exception {
        Optional<TestCgroup> memory = v1("memory", reporter);
        if (memory.isEmpty()) {
            return;
        }
        try (TestCgroup v1 = memory.get();
                TestCgroup v2 = TestCgroup.create();
                SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL);
                Caller caller = Caller.start();
                Caller both = Caller.start()) {
            TargetId inV1 = counter.watchCgroup(v1.path(), GETPPID);
            TargetId inV2 = counter.watchCgroup(v2.path(), GETPPID);
            v1.add(caller.pid());
            caller.call(100);
            assertThat(counter.snapshot().total(inV1)).isEqualTo(100);
            assertThat(counter.snapshot().total(inV2)).isZero();
            v1.add(both.pid());
            v2.add(both.pid());
            both.call(10);
            assertThat(counter.snapshot().total(inV1)).isEqualTo(110);
            assertThat(counter.snapshot().total(inV2)).isEqualTo(10);
            counter.unwatch(inV1);
            both.call(1);
            assertThat(counter.snapshot().total(inV2)).isEqualTo(11);
        }
    }

    @Test
    @Tag(V1)
    void aHierarchyWithoutMemoryAndPidsIsRefused(TestReporter reporter) throws Exception {
        Optional<TestCgroup> freezer = v1("freezer", reporter);
        if (freezer.isEmpty()) {
            return;
        }
        try (TestCgroup cgroup = freezer.get();
                SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL)) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> counter.watchCgroup(cgroup.path(), GETPPID))
                    .withMessageContaining("without the memory or the pids controller");
        }
    }

    @Test
    void theGateIsTidiedUnderTrafficWithoutLosingACount() throws Exception {
        try (TestCgroup cgroup = TestCgroup.create();
                SyscallCounter counter = SyscallCounter.open(new CounterSizes(4, 8, 64, 64));
                Caller caller = Caller.start()) {
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            Path busy = cgroup.child("busy");
            move(caller, busy);
            caller.begin(1_000_000);
            try (TestCgroup other = TestCgroup.create()) {
                for (int i = 0; i < 100; i++) {
                    Files.delete(cgroup.child("passing"));
                    counter.unwatch(counter.watchCgroup(other.path(), GETPPID));
                }
            }
            caller.finish();
            Drops.assertCounted(counter, counter.snapshot().total(target), 1_000_000);
            assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
        }
    }
}
