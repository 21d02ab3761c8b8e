package io.jbpf.programs;

import io.jbpf.testkit.HoldingProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Another process that holds the counter of a directory, and has it watch a cgroup if nobody has yet. */
final class CounterHolder {
    private CounterHolder() {}

    public static void main(String[] arguments) throws IOException {
        Path cgroup = Path.of(arguments[1]);
        SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL, Path.of(arguments[0]));
        if (counter.find(cgroup).isEmpty()) {
            counter.watchCgroup(cgroup, SyscallFilter.of(List.of("getppid")));
        }
        HoldingProcess.hold();
    }
}
