package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.program.ProgramInfo;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@Tag("syscall-counter")
class SyscallCounterTest {
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));

    private final SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL);
    private final TestCgroup cgroup = TestCgroup.create();

    @AfterEach
    void close() throws IOException {
        counter.close();
        cgroup.close();
    }

    private long getppids(TargetId target) {
        return counter.syscalls(target).stream()
                .filter(call -> call.abi() == SyscallAbi.NATIVE && call.name().equals("getppid"))
                .mapToLong(SyscallCount::count)
                .sum();
    }

    private long calls(TargetId target, int pid) {
        return counter.processes(target).stream()
                .filter(process -> process.pid() == pid)
                .mapToLong(ProcessCount::count)
                .sum();
    }

    @Test
    void countsAMillionCallsExactlyWhileOthersMakeThemToo() throws Exception {
        try (Caller monitored = Caller.start();
                Caller unmonitored = Caller.start()) {
            cgroup.add(monitored.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), SyscallFilter.all());
            unmonitored.begin(1_500_000);
            monitored.call(1_000_000);
            unmonitored.finish();
            assertThat(getppids(target)).isEqualTo(1_000_000);
            assertThat(calls(target, monitored.pid())).isGreaterThanOrEqualTo(1_000_000);
            assertThat(calls(target, unmonitored.pid())).isZero();
            assertThat(Drops.of(counter)).isEqualTo(CounterDrops.NONE);
        }
    }

    @Test
    void countsWhatAllThreadsAndProcessesOfATargetCallAtOnce() throws Exception {
        try (Caller one = Caller.start();
                Caller other = Caller.start()) {
            cgroup.add(one.pid());
            cgroup.add(other.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            one.begin(300_000);
            other.call(200_000);
            one.finish();
            assertThat(counter.syscalls(target))
                    .containsExactly(new SyscallCount(SyscallAbi.NATIVE, number("getppid"), "getppid", 500_000));
            assertThat(calls(target, one.pid())).isEqualTo(300_000);
            assertThat(calls(target, other.pid())).isEqualTo(200_000);
            assertThat(counter.snapshot().total(target)).isEqualTo(500_000);
        }
    }

    @Test
    void a32BitCallIsCountedApartUnderItsOwnName(TestReporter reporter) throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), SyscallFilter.all());
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            caller.call(100);
            if (!caller.callIa32(1000)) {
                KernelSupport.lacks(
                        reporter, "32-bit calls (CONFIG_IA32_EMULATION), or gcc for a program that makes them");
                return;
            }
            assertThat(counter.syscalls(target))
                    .contains(
                            new SyscallCount(SyscallAbi.COMPAT, 64, "ia32_getppid", 1000),
                            new SyscallCount(SyscallAbi.NATIVE, number("getppid"), "getppid", 100))
                    .noneMatch(call -> call.number() == 64 && call.abi() == SyscallAbi.NATIVE);
        }
    }

    private static int number(String name) {
        return Syscalls.current().resolve(name).number();
    }

    @Test
    void countsAChildForkedAfterTheAttach() throws Exception {
        try (Caller parent = Caller.start()) {
            cgroup.add(parent.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
            int child = parent.spawn();
            long before = calls(target, child);
            parent.callInChild(1000);
            assertThat(calls(target, child) - before).isEqualTo(1000);
        }
    }

    @Test
    void countsAProcessFromWhenItIsMovedIn() throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        try (Caller caller = Caller.start()) {
            caller.call(500);
            assertThat(getppids(target)).isZero();
            cgroup.add(caller.pid());
            caller.call(1000);
            assertThat(getppids(target)).isEqualTo(1000);
            Files.writeString(TestCgroup.root().resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(500);
            assertThat(getppids(target)).isEqualTo(1000);
        }
    }

    @Test
    void countsBelowTheCgroupInDirectoriesOldAndNew() throws Exception {
        Path old = cgroup.child("old");
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        Path young = Files.createDirectories(cgroup.path().resolve("young/younger"));
        try (Caller caller = Caller.start()) {
            Files.writeString(old.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(10);
            assertThat(getppids(target)).isEqualTo(10);
            Files.writeString(young.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(100);
            assertThat(getppids(target)).isEqualTo(110);
        }
    }

    @Test
    void aTargetGoesOnWithTheCgroupThatComesInPlaceOfItsOwn() throws Exception {
        Path former = cgroup.child("former");
        Path next = cgroup.child("next");
        Files.createDirectory(next.resolve("below"));
        TargetId target = counter.watchCgroup(former, GETPPID);
        try (Caller caller = Caller.start()) {
            Files.writeString(former.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(100);
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> counter.moveTo(target, next))
                    .withMessageContaining("not of a cgroup that was removed");
            Files.writeString(next.resolve("below/cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(1000);
            Files.delete(former);
            counter.moveTo(target, next);
            caller.call(10);
            assertThat(getppids(target)).isEqualTo(110);
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(caller.pid(), 110, false));
            assertThat(counter.find(next)).contains(target);
            assertThat(counter.isOver(target)).isFalse();
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> counter.watchCgroup(next, GETPPID))
                    .withMessageContaining("is watched already");
        }
    }

    @Test
    void aTargetStaysWhatItWasIfThereIsNoRoomForTheNextCgroup() throws Exception {
        Path former = cgroup.child("former");
        Path next = cgroup.child("next");
        Files.createDirectory(next.resolve("below"));
        try (SyscallCounter tiny = SyscallCounter.open(new CounterSizes(1, 1, 16, 16));
                Caller caller = Caller.start()) {
            TargetId target = tiny.watchCgroup(former, GETPPID);
            Files.writeString(former.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(100);
            Files.writeString(next.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            Files.delete(former);
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> tiny.moveTo(target, next))
                    .withMessageContaining("no room for more cgroups");
            caller.call(10);
            assertThat(tiny.snapshot().total(target)).isEqualTo(100);
            assertThat(tiny.isOver(target)).isTrue();
            Files.delete(next.resolve("below"));
            tiny.moveTo(target, next);
            caller.call(1);
            assertThat(tiny.snapshot().total(target)).isEqualTo(101);
        }
    }

    @Test
    void theInnerOfTwoTargetsHasItsProcessesUntilItIsUnwatched() throws Exception {
        Path inside = cgroup.child("inside");
        TargetId inner = counter.watchCgroup(inside, GETPPID);
        TargetId outer = counter.watchCgroup(cgroup.path(), GETPPID);
        try (Caller caller = Caller.start()) {
            Files.writeString(inside.resolve("cgroup.procs"), Integer.toString(caller.pid()));
            caller.call(10);
            assertThat(getppids(inner)).isEqualTo(10);
            assertThat(getppids(outer)).isZero();
            counter.unwatch(inner);
            caller.call(5);
            assertThat(getppids(outer)).isEqualTo(5);
        }
    }

    @Test
    void thePodsCountStaysWhenItsProcessesEnd() throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        int pid;
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            caller.call(1000);
            pid = caller.pid();
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(pid, 1000, false));
            assertThat(counter.forgetEnded(target)).isEmpty();
        }
        Waits.until(() -> counter.processes(target).equals(List.of(new ProcessCount(pid, 1000, true))));
        assertThat(counter.forgetEnded(target)).containsExactly(new ProcessCount(pid, 1000, true));
        assertThat(counter.processes(target)).isEmpty();
        assertThat(getppids(target)).isEqualTo(1000);
    }

    @Test
    void followsAProcessAndItsChildrenOldAndNew() throws Exception {
        try (Caller caller = Caller.start();
                Caller stranger = Caller.start()) {
            int old = caller.spawn();
            TargetId target = counter.watchProcess(caller.pid(), GETPPID);
            caller.callInChild(100);
            assertThat(calls(target, old)).isEqualTo(100);
            caller.endChild();
            assertThat(calls(target, old)).isEqualTo(100);
            int young = caller.spawn();
            long before = calls(target, young);
            caller.callInChild(1000);
            assertThat(calls(target, young) - before).isEqualTo(1000);
            caller.call(10);
            stranger.call(10_000);
            assertThat(calls(target, caller.pid())).isEqualTo(10);
            assertThat(calls(target, stranger.pid())).isZero();
            assertThat(counter.isOver(target)).isFalse();
            caller.end();
            Waits.until(() -> counter.isOver(target));
            assertThat(counter.processes(target)).allMatch(ProcessCount::ended);
        }
    }

    @Test
    void aFollowedProcessInAWatchedCgroupCountsForBoth() throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId group = counter.watchCgroup(cgroup.path(), GETPPID);
            TargetId process = counter.watchProcess(caller.pid(), GETPPID);
            caller.call(100);
            assertThat(getppids(group)).isEqualTo(100);
            assertThat(getppids(process)).isEqualTo(100);
        }
    }

    @Test
    void aFilterIsChangedWithoutLosingACount() throws Exception {
        try (Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId target = counter.watchCgroup(cgroup.path(), SyscallFilter.of(List.of("mount")));
            caller.call(100);
            assertThat(counter.syscalls(target)).isEmpty();
            counter.filter(target, GETPPID);
            caller.call(100);
            counter.filter(target, SyscallFilter.of(List.of("mount")));
            caller.call(100);
            assertThat(getppids(target)).isEqualTo(100);
        }
    }

    @Test
    void aNewTargetUnderAnOldNumberStartsAtZero() throws Exception {
        try (SyscallCounter small = SyscallCounter.open(new CounterSizes(1, 16, 64, 64));
                Caller caller = Caller.start()) {
            cgroup.add(caller.pid());
            TargetId first = small.watchCgroup(cgroup.path(), GETPPID);
            caller.call(100);
            assertThat(small.snapshot().total(first)).isEqualTo(100);
            small.unwatch(first);
            TargetId second = small.watchCgroup(cgroup.path(), GETPPID);
            assertThat(second).isEqualTo(first);
            assertThat(small.syscalls(second)).isEmpty();
            assertThat(small.processes(second)).isEmpty();
            caller.call(1);
            assertThat(small.snapshot().total(second)).isEqualTo(1);
        }
    }

    @Test
    void whatFindsNoRoomIsCountedAsDropped() throws Exception {
        try (SyscallCounter tiny = SyscallCounter.open(new CounterSizes(1, 1, 1, 1));
                Caller one = Caller.start();
                Caller other = Caller.start()) {
            cgroup.add(one.pid());
            cgroup.add(other.pid());
            TargetId target = tiny.watchCgroup(cgroup.path(), GETPPID);
            cgroup.child("one-too-many");
            one.call(100);
            other.call(50);
            assertThat(tiny.snapshot().total(target)).isEqualTo(150);
            assertThat(Drops.of(tiny)).isEqualTo(new CounterDrops(50, 0, 1, 0, 0, 0));
        }
    }

    @Test
    void refusesTargetsForWhichThereIsNoRoom() throws Exception {
        Path inside = cgroup.child("inside");
        try (SyscallCounter tiny = SyscallCounter.open(new CounterSizes(1, 1, 1, 1))) {
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> tiny.watchCgroup(cgroup.path(), GETPPID))
                    .withMessageContaining("no room for more cgroups");
            tiny.watchCgroup(inside, GETPPID);
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> tiny.watchCgroup(cgroup.path(), GETPPID))
                    .withMessageContaining("all 1 targets are taken");
        }
    }

    @Test
    void refusesWhatIsNoTarget(@TempDir Path directory) {
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        assertRefused(() -> counter.watchCgroup(cgroup.path(), GETPPID), "is watched already");
        assertRefused(() -> counter.watchCgroup(directory, GETPPID), "is not a cgroup: it is in a file system of type");
        assertRefused(() -> counter.watchCgroup(directory.resolve("none"), GETPPID), "there is no cgroup");
        assertRefused(
                () -> counter.watchCgroup(cgroup.path().resolve("cgroup.procs"), GETPPID), "is a file in a cgroup");
        assertRefused(() -> counter.watchProcess(0, GETPPID), "there is no process 0");
        assertRefused(() -> counter.watchProcess(1L << 40, GETPPID), "there is no process 1099511627776");
        counter.unwatch(target);
        assertRefused(() -> counter.syscalls(target), "is not watched");
        assertRefused(() -> counter.unwatch(target), "is not watched");
    }

    private static void assertRefused(Runnable action, String complaint) {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(action::run)
                .withMessageContaining(complaint);
    }

    @Test
    void leavesNoProgramBehind() {
        Set<Integer> before = programs();
        Set<Integer> made;
        try (SyscallCounter another = SyscallCounter.open(CounterSizes.SMALL)) {
            another.snapshot();
            made = programs();
            made.removeAll(before);
            assertThat(made).hasSizeGreaterThanOrEqualTo(5);
        }
        Waits.until(() -> Collections.disjoint(programs(), made));
    }

    private static Set<Integer> programs() {
        return KernelObjects.programs().stream().map(ProgramInfo::id).collect(Collectors.toCollection(HashSet::new));
    }
}
