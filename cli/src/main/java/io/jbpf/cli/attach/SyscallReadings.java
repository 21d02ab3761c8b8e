package io.jbpf.cli.attach;

import io.jbpf.programs.CounterSnapshot;
import io.jbpf.programs.ProcessCount;
import io.jbpf.programs.SyscallAbi;
import io.jbpf.programs.SyscallCount;
import io.jbpf.programs.SyscallCounter;
import io.jbpf.programs.TargetId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads a syscall counter's one target, and what has been added since the reading before. */
final class SyscallReadings implements Supplier<SyscallReading> {
    private final SyscallCounter counter;
    private final TargetId target;
    private final String targetName;
    private final Stopwatch stopwatch = new Stopwatch();
    private final Map<CallKey, Long> callsBefore = new HashMap<>();
    private final Map<Integer, Long> processesBefore = new HashMap<>();

    private record CallKey(SyscallAbi abi, int number) {}

    SyscallReadings(SyscallCounter counter, TargetId target, String targetName) {
        this.counter = counter;
        this.target = target;
        this.targetName = targetName;
    }

    @Override
    public SyscallReading get() {
        // Asked before the counts are read: once it is over they do not change any more.
        boolean over = counter.isOver(target);
        // Taken out, so that many short-lived processes do not fill the counter's map.
        List<ProcessCount> ended = counter.forgetEnded(target);
        CounterSnapshot snapshot = counter.snapshot();
        double seconds = stopwatch.lap();
        List<SyscallReading.Call> calls =
                snapshot.syscalls(target).stream().map(this::call).toList();
        List<SyscallReading.Caller> processes = new ArrayList<>();
        for (ProcessCount last : ended) {
            processes.add(process(last));
            // The next one of this id is another process.
            processesBefore.remove(last.pid());
        }
        snapshot.processes(target).forEach(running -> processes.add(process(running)));
        return new SyscallReading(
                Stopwatch.time(),
                targetName,
                seconds,
                calls.stream().mapToLong(SyscallReading.Call::count).sum(),
                calls.stream().mapToLong(SyscallReading.Call::delta).sum(),
                calls,
                processes,
                snapshot.drops(),
                over);
    }

    private SyscallReading.Call call(SyscallCount call) {
        long before = before(callsBefore.put(new CallKey(call.abi(), call.number()), call.count()));
        return new SyscallReading.Call(
                call.name(),
                call.number(),
                call.abi().name().toLowerCase(Locale.ROOT),
                call.count(),
                call.count() - before);
    }

    private SyscallReading.Caller process(ProcessCount process) {
        long before = before(processesBefore.put(process.pid(), process.count()));
        return new SyscallReading.Caller(process.pid(), process.count(), process.count() - before, process.ended());
    }

    private static long before(@Nullable Long count) {
        return count == null ? 0 : count;
    }
}
