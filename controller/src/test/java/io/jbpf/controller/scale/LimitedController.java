package io.jbpf.controller.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The controller as a process of its own, started as its image starts it, in a limited cgroup. */
final class LimitedController implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;
    private static final int LAST_LINES = 20;
    private static final Pattern ATTACHED =
            Pattern.compile("Pod [^/ ]+/([^ ]+) .*attached \\[(?=.*SYSCALL_COUNTER)(?=.*L4_FIREWALL)");

    private final Process process;
    private final Path log;
    private final LimitedCgroup cgroup;
    private final Requests requests;
    private final long startedAt = System.nanoTime();

    private LimitedController(Process process, Path log, LimitedCgroup cgroup, Requests requests) {
        this.process = process;
        this.log = log;
        this.cgroup = cgroup;
        this.requests = requests;
    }

    /** Starts it; what it prints goes to a file. */
    static LimitedController start(
            Path launcher, Map<String, String> environment, LimitedCgroup cgroup, Path log, int port)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        // It ends with the thread that starts it, should this process be killed.
                        List.of(
                                "sh",
                                "-c",
                                cgroup.entering() + "exec setpriv --pdeathsig KILL \"$@\"",
                                "sh",
                                launcher.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new LimitedController(builder.start(), log, cgroup, new Requests(port));
    }

    LimitedCgroup cgroup() {
        return cgroup;
    }

    Requests requests() {
        return requests;
    }

    /** {@return since when it runs, as of {@link System#nanoTime}} */
    long startedAt() {
        return startedAt;
    }

    /** Throws if it has ended, or lacked memory, for whoever waits for something to come of it. */
    void requireAlive() throws IOException {
        if (!process.isAlive() || since(0).contains("OutOfMemoryError")) {
            List<String> lines = since(0).lines().toList();
            throw new IllegalStateException("the controller has ended, or has no memory:\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())));
        }
    }

    /** {@return the pods of which it has said that both programs are attached, since the log was so many bytes long} */
    Set<String> saidAttached(long from) throws IOException {
        Set<String> pods = new HashSet<>();
        for (String line : since(from).split("\n", -1)) {
            Matcher said = ATTACHED.matcher(line);
            if (said.find()) {
                pods.add(said.group(1));
            }
        }
        return pods;
    }

    /** {@return how many bytes it has printed} */
    long logLength() throws IOException {
        return Files.size(log);
    }

    private String since(long from) throws IOException {
        try (FileChannel file = FileChannel.open(log)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, file.size() - from));
            while (bytes.hasRemaining() && file.read(bytes, from + bytes.position()) >= 0) {
                // A file may be read in pieces.
            }
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        }
    }

    /** {@return how many pods have both programs, by its metrics} */
    long attached() throws IOException {
        Requests.Answer page = requests.get("/metrics");
        String prefix = "podconfigmap_controller_ebpf_attached_programs{";
        return page.body().lines().filter(line -> line.startsWith(prefix)).count() / 2;
    }

    @Override
    public void close() {
        process.destroy();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Waiting.until(() -> !process.isAlive() || System.nanoTime() > end);
        int unused = Waiting.forEnd(process.destroyForcibly());
        cgroup.close();
    }
}
