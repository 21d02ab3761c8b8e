package io.jbpf.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Another process that opens the counter of a directory, watches a cgroup if it is told one, and holds it until killed. */
final class CounterHolder implements AutoCloseable {
    private final Process process;

    private CounterHolder(Process process) {
        this.process = process;
    }

    /** Returns when the counter is open. */
    static CounterHolder start(Path directory, Path cgroup) {
        try {
            Process process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            CounterHolder.class.getName(),
                            directory.toString(),
                            cgroup.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
            if (!"open".equals(answers.readLine())) {
                throw new AssertionError("the other process could not open the counter");
            }
            return new CounterHolder(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Kills it with SIGKILL, and returns when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The other process. */
    public static void main(String[] args) throws IOException {
        Path cgroup = Path.of(args[1]);
        SyscallCounter counter = SyscallCounter.open(CounterSizes.SMALL, Path.of(args[0]));
        if (counter.find(cgroup).isEmpty()) {
            counter.watchCgroup(cgroup, SyscallFilter.of(List.of("getppid")));
        }
        System.out.println("open");
        System.in.read();
    }
}
