package io.jbpf.cli.attach;

import io.jbpf.cli.output.Table;
import io.jbpf.programs.CounterDrops;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A reading of the syscall counter.
 *
 * @param time of the reading, UTC
 * @param target what is counted: {@code process 1234} or {@code cgroup /sys/fs/cgroup/x}
 * @param seconds how long the interval was
 * @param count all counted calls since the attach
 * @param delta those of the interval
 * @param syscalls by system call, the most frequent first
 * @param processes by process; one that has ended is shown as such and then no more, while {@code count} keeps its calls
 * @param dropped what could not be counted since the attach
 * @param over whether nothing more can come, because process or cgroup are gone
 */
record SyscallReading(
        String time,
        String target,
        double seconds,
        long count,
        long delta,
        List<Call> syscalls,
        List<Caller> processes,
        CounterDrops dropped,
        boolean over)
        implements Reading {

    /** So many rows of each kind fit an ordinary screen. */
    private static final int MOST_CALLS = 12;

    private static final int MOST_PROCESSES = 5;

    /**
     * A system call.
     *
     * @param name its name
     * @param number its number in the table of its kind
     * @param abi {@code native}, {@code compat} or {@code x32}
     * @param count calls since the attach
     * @param delta calls in the interval
     */
    record Call(String name, int number, String abi, long count, long delta) {}

    /**
     * A process.
     *
     * @param pid its id
     * @param count calls since the attach
     * @param delta calls in the interval
     * @param ended whether it has ended
     */
    record Caller(int pid, long count, long delta, boolean ended) {}

    @Override
    public List<String> lines(boolean screen) {
        return screen ? lines(MOST_CALLS, MOST_PROCESSES) : lines(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private List<String> lines(int mostCalls, int mostProcesses) {
        List<String> lines = new ArrayList<>();
        lines.add(time + "  " + target);
        Table calls = Table.of("SYSCALL", ">COUNT", ">PER SECOND");
        syscalls.stream()
                .limit(mostCalls)
                .forEach(call -> calls.row(call.name(), call.count(), Rate.perSecond(call.delta(), seconds)));
        calls.row("total", count, Rate.perSecond(delta, seconds));
        lines.addAll(calls.lines());
        more(lines, syscalls.size() - mostCalls, "system calls");
        if (!processes.isEmpty()) {
            Table table = Table.of(">PID", ">COUNT", ">PER SECOND", "");
            processes.stream()
                    .sorted(Comparator.comparingLong(Caller::count).reversed())
                    .limit(mostProcesses)
                    .forEach(process -> table.row(
                            process.pid(),
                            process.count(),
                            Rate.perSecond(process.delta(), seconds),
                            process.ended() ? "ended" : ""));
            lines.add("");
            lines.addAll(table.lines());
            more(lines, processes.size() - mostProcesses, "processes");
        }
        if (!dropped.equals(CounterDrops.NONE)) {
            lines.add("not counted for want of room: " + dropped.syscalls() + " by system call, " + dropped.processes()
                    + " by process; not followed: " + dropped.children() + " children, " + dropped.cgroups()
                    + " cgroups; ended unread: " + dropped.unread() + " processes; runs left out by the kernel: "
                    + dropped.missedRuns());
        }
        return lines;
    }

    private static void more(List<String> lines, int more, String what) {
        if (more > 0) {
            lines.add("and " + more + " " + what + " more");
        }
    }
}
