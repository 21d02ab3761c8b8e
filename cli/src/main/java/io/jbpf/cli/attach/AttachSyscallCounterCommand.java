package io.jbpf.cli.attach;

import io.jbpf.cli.CommandFailure;
import io.jbpf.cli.output.Display;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.programs.CounterSizes;
import io.jbpf.programs.SyscallCounter;
import io.jbpf.programs.SyscallFilter;
import io.jbpf.programs.TargetId;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code jbpf attach syscall-counter}. */
@Command(
        name = "syscall-counter",
        description = {
            "Counts the system calls of a process and its children, or of all processes of a cgroup and the cgroups"
                    + " below it, exactly, from now on.",
            "Ends with ctrl-C, after --count intervals, or when the process and its children, or the cgroup, are gone."
                    + " The program is detached then.",
            "Needs root, or CAP_BPF and CAP_PERFMON (before Linux 5.8: CAP_SYS_ADMIN)."
        })
final class AttachSyscallCounterCommand implements Runnable {
    @ParentCommand
    private AttachCommand group;

    @ArgGroup(multiplicity = "1")
    private Target target = new Target();

    /** One of the two is given. */
    private static final class Target {
        @Option(names = "--pid", paramLabel = "N", description = "Count this process and its children.")
        private @Nullable Long pid;

        @Option(
                names = "--cgroup",
                paramLabel = "PATH",
                description = "Count the processes of this cgroup: a directory of the v2 hierarchy, or of version 1's"
                        + " memory or pids hierarchy.")
        private @Nullable Path cgroup;

        String description() {
            return pid != null ? "process " + pid : "cgroup " + cgroup;
        }

        TargetId watchedBy(SyscallCounter counter, SyscallFilter filter) {
            try {
                return pid != null ? counter.watchProcess(pid, filter) : counter.watchCgroup(cgroup(), filter);
            } catch (IllegalArgumentException e) {
                // The counter's way to say that there is no such process or cgroup.
                throw new CommandFailure(
                        "cannot count the system calls of " + description() + ": " + e.getMessage(), e);
            }
        }

        private Path cgroup() {
            if (cgroup == null) {
                throw new IllegalStateException("neither --pid nor --cgroup");
            }
            return cgroup;
        }
    }

    @Option(
            names = "--syscalls",
            paramLabel = "NAME[,NAME...]",
            converter = SyscallFilterConverter.class,
            description = "Count these only, such as read,write,openat; default: all.")
    private SyscallFilter filter = SyscallFilter.all();

    @Mixin
    private IntervalOptions intervals;

    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        group.session().stop().heed();
        try (SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL)) {
            TargetId watched = target.watchedBy(counter, filter);
            filter.notes().forEach(output::note);
            output.note("counting " + filter + " of " + target.description() + "; ctrl-C ends");
            new Monitor(
                            group.session().stop(),
                            new Display(output, group.session().terminal()),
                            intervals)
                    .run(new SyscallReadings(counter, watched, target.description()));
        }
    }
}
