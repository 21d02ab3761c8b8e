package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.error.BpfException;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestCgroup;
import io.jbpf.testkit.Tool;
import io.jbpf.testkit.Waits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that come and go. Shells make the calls: each {@code cd /} of theirs is one chdir(2), and nothing else they do
 * here is.
 */
@KernelTest
@Tag("syscall-counter")
class ProcessLivesTest {
    private static final SyscallFilter CHDIR = SyscallFilter.of(List.of("chdir"));
    private static final SyscallFilter GETPPID = SyscallFilter.of(List.of("getppid"));

    /** With some 45 s the longest of our tests; {@code -Djbpf.children=1000} for slow machines. */
    private static final int CHILDREN = Integer.getInteger("jbpf.children", 100_000);

    private final SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL);
    private final TestCgroup cgroup = TestCgroup.create();

    @AfterEach
    void close() throws IOException {
        counter.close();
        cgroup.close();
    }

    /** Runs a shell in the cgroup, where it and its children are from their first command on; answers its process id. */
    private int shell(String commands) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("sh", "-c", "read go; " + commands)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (PrintStream in = new PrintStream(shell.getOutputStream(), true, StandardCharsets.UTF_8)) {
            cgroup.add(shell.pid());
            in.println("go");
        }
        assertThat(shell.waitFor(10, TimeUnit.MINUTES)).isTrue();
        return (int) shell.pid();
    }

    private long total(TargetId target) {
        return counter.snapshot().total(target);
    }

    @Test
    void manyShortProcessesLoseNoCallAndLeaveNoEntry() throws Exception {
        try (SyscallCounter small = SyscallCounter.open(new CounterSizes(1, 16, 64, 64))) {
            TargetId target = small.watchCgroup(cgroup.path(), CHDIR);
            shell("i=0; while [ $i -lt " + CHILDREN + " ]; do (cd /); i=$((i+1)); done");
            assertThat(small.snapshot().total(target)).isEqualTo(CHILDREN);
            // Half of the room is for those who ended and were not asked for; the others made room by themselves.
            List<ProcessCount> left = small.processes(target);
            assertThat(left).hasSize(32).allMatch(process -> process.ended() && process.count() == 1);
            assertThat(Drops.of(small)).isEqualTo(new CounterDrops(0, 0, 0, 0, CHILDREN - 32, 0));
            assertThat(small.forgetEnded(target)).isEqualTo(left);
            assertThat(small.processes(target)).isEmpty();
            assertThat(small.leftovers()).isZero();
            assertThat(small.snapshot().total(target)).isEqualTo(CHILDREN);
        }
    }

    /** In each way to see system calls that there is here: by one of them, forks are seen twice. */
    @Test
    void aChildThatThereIsNoRoomForIsNotedOnce() throws Exception {
        int ways = 0;
        for (SysEnterHook way : SysEnterHook.values()) {
            try (SyscallCounter tiny = SyscallCounter.open(new CounterSizes(1, 1, 1, 64), way)) {
                ways++;
                Process shell = new ProcessBuilder("sh", "-c", "read go; for i in 1 2 3 4 5; do (cd /); done").start();
                try (PrintStream in = new PrintStream(shell.getOutputStream(), true, StandardCharsets.UTF_8)) {
                    tiny.watchProcess(shell.pid(), CHDIR);
                    in.println("go");
                }
                assertThat(shell.waitFor(1, TimeUnit.MINUTES)).isTrue();
                assertThat(tiny.dropped().children()).as("children by %s", way).isEqualTo(5);
            } catch (BpfException e) {
                assertThat(e).hasMessageContaining("the verifier refuses program");
            }
        }
        assertThat(ways).isPositive();
    }

    @Test
    void aTreeThatDaemonizesIsCountedInTheCgroup() throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), CHDIR);
        shell("cd /; (cd /; setsid sh -c 'cd /; (cd /; cd /) &' &)");
        Waits.until(
                () -> total(target) == 5 && counter.processes(target).stream().allMatch(ProcessCount::ended));
        assertThat(counter.forgetEnded(target).stream()
                        .mapToLong(ProcessCount::count)
                        .sum())
                .isEqualTo(5);
        assertThat(counter.leftovers()).isZero();
    }

    @Test
    void aTreeThatDaemonizesIsFollowed(@TempDir Path directory) throws Exception {
        Process shell = new ProcessBuilder(
                        "sh",
                        "-c",
                        "read go; cd /; (cd /; setsid sh -c 'cd /; (cd /; cd /; : >" + directory + "/done) &' &)")
                .start();
        TargetId target = counter.watchProcess(shell.pid(), CHDIR);
        try (PrintStream in = new PrintStream(shell.getOutputStream(), true, StandardCharsets.UTF_8)) {
            in.println("go");
        }
        Waits.until(() -> Files.exists(directory.resolve("done")) && counter.isOver(target));
        assertThat(total(target)).isEqualTo(5);
    }

    @Test
    void aProcessThatExecsIsTheSameOne() throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), CHDIR);
        int pid = shell("cd /; exec sh -c 'cd /; cd /'");
        assertThat(counter.processes(target)).containsExactly(new ProcessCount(pid, 3, true));
    }

    @Test
    void aThreadThatEndsIsNotItsProcess() throws Exception {
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        try (Caller caller = Caller.start();
                Caller unmonitored = Caller.start()) {
            cgroup.add(caller.pid());
            unmonitored.begin(200_000);
            caller.callInThreads(8, 125_000);
            unmonitored.finish();
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(caller.pid(), 1_000_000, false));
            caller.call(1);
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(caller.pid(), 1_000_001, false));
            assertThat(total(target)).isEqualTo(1_000_001);
        }
    }

    @Test
    @RequiresTool("gcc")
    void aProcessWhoseFirstThreadHasEndedIsCountedToItsEnd(@TempDir Path directory) throws Exception {
        Path program = directory.resolve("leader_exits");
        Tool.run("gcc", "-O", "-pthread", "-o", program.toString(), "src/test/c/leader_exits.c");
        TargetId target = counter.watchCgroup(cgroup.path(), GETPPID);
        Process process = new ProcessBuilder(program.toString(), "1000").start();
        int pid = (int) process.pid();
        try (PrintStream in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
                BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            cgroup.add(pid);
            Waits.until(() -> stateOf(pid).equals("Z"));
            in.println("call");
            assertThat(out.readLine()).isEqualTo("done");
            assertThat(counter.processes(target)).containsExactly(new ProcessCount(pid, 1000, false));
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(counter.processes(target)).containsExactly(new ProcessCount(pid, 1000, true));
    }

    /** The first thread's: a zombie as long as there are others. */
    private static String stateOf(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[0];
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void aProcessThatMovedAwayLeavesNoEntryWhenItEnds() throws Exception {
        try (TestCgroup other = TestCgroup.create()) {
            TargetId first = counter.watchCgroup(cgroup.path(), GETPPID);
            TargetId second = counter.watchCgroup(other.path(), GETPPID);
            int pid;
            try (Caller caller = Caller.start()) {
                pid = caller.pid();
                cgroup.add(pid);
                caller.call(10);
                other.add(pid);
                caller.call(5);
                Files.writeString(TestCgroup.root().resolve("cgroup.procs"), Integer.toString(pid));
            }
            assertThat(counter.forgetEnded(first)).containsExactly(new ProcessCount(pid, 10, true));
            assertThat(counter.forgetEnded(second)).containsExactly(new ProcessCount(pid, 5, true));
            assertThat(counter.leftovers()).isZero();
        }
    }
}
