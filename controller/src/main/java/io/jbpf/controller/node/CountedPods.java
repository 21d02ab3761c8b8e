package io.jbpf.controller.node;

import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.error.BpfException;
import io.jbpf.programs.CounterSnapshot;
import io.jbpf.programs.ProcessCount;
import io.jbpf.programs.SyscallCount;
import io.jbpf.programs.SyscallCounter;
import io.jbpf.programs.SyscallFilter;
import io.jbpf.programs.Syscalls;
import io.jbpf.programs.TargetId;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The pods whose system calls are counted, all by the one counter of this node. */
final class CountedPods implements AutoCloseable {
    /** Ended processes take room in the kernel; making it costs a pass over its map, so not for each of them. */
    private static final int ENDED_TO_FORGET = 64;

    private record Counted(Path cgroup, TargetId target, SyscallRules rules) {}

    private final Map<PodIdentity, Counted> pods = new ConcurrentHashMap<>();
    private @Nullable SyscallCounter counter;

    static Optional<String> complaintAbout(String name) {
        try {
            Syscalls.current().resolve(name);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    void count(PodIdentity pod, Path cgroup, SyscallRules rules) {
        Counted before = pods.get(pod);
        ProgramErrorType ifItFails = before == null ? ProgramErrorType.ATTACH_FAILED : ProgramErrorType.UPDATE_FAILED;
        try {
            SyscallFilter filter = SyscallFilter.of(rules.names());
            SyscallCounter open = counter();
            if (before != null && before.cgroup.equals(cgroup) && !open.isOver(before.target)) {
                if (!before.rules.equals(rules)) {
                    open.filter(before.target, filter);
                    pods.put(pod, new Counted(cgroup, before.target, rules));
                }
                return;
            }
            if (before != null) {
                stop(pod);
            }
            pods.put(pod, new Counted(cgroup, open.watchCgroup(cgroup, filter), rules));
        } catch (BpfException | IllegalArgumentException e) {
            throw Failures.of(ProgramType.SYSCALL_COUNTER, ifItFails, "System calls are not counted", e);
        }
    }

    void stop(PodIdentity pod) {
        Counted counted = pods.remove(pod);
        if (counted != null) {
            try {
                counter().unwatch(counted.target);
            } catch (BpfException e) {
                throw Failures.of(
                        ProgramType.SYSCALL_COUNTER,
                        ProgramErrorType.DETACH_FAILED,
                        "Counting could not be stopped in order",
                        e);
            }
        }
    }

    Set<PodIdentity> pods() {
        return pods.keySet();
    }

    Map<PodIdentity, SyscallCounts> read(Set<PodIdentity> wanted) {
        Map<PodIdentity, SyscallCounts> read = new HashMap<>();
        if (wanted.stream().noneMatch(pods::containsKey)) {
            return read;
        }
        try {
            SyscallCounter open = counter();
            CounterSnapshot snapshot = open.snapshot();
            pods.forEach((pod, counted) -> {
                if (wanted.contains(pod)) {
                    read.put(pod, counts(open, snapshot, counted.target));
                }
            });
            return read;
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.SYSCALL_COUNTER,
                    ProgramErrorType.READ_FAILED,
                    "The counts of system calls could not be read",
                    e);
        }
    }

    private SyscallCounts counts(SyscallCounter open, CounterSnapshot snapshot, TargetId target) {
        Map<Integer, Long> byProcess = new HashMap<>();
        int ended = 0;
        for (ProcessCount process : snapshot.processes(target)) {
            if (process.ended()) {
                ended++;
            } else {
                byProcess.merge(process.pid(), process.count(), Long::sum);
            }
        }
        Map<String, Long> bySyscall = new HashMap<>();
        for (SyscallCount call : snapshot.syscalls(target)) {
            bySyscall.merge(call.name(), call.count(), Long::sum);
        }
        if (ended >= ENDED_TO_FORGET) {
            open.forgetEnded(target);
        }
        return new SyscallCounts(byProcess, bySyscall);
    }

    private synchronized SyscallCounter counter() {
        if (counter == null) {
            counter = SyscallCounter.open();
        }
        return counter;
    }

    @Override
    public synchronized void close() {
        pods.clear();
        if (counter != null) {
            counter.close();
            counter = null;
        }
    }
}
