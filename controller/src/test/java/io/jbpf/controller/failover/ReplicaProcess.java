package io.jbpf.controller.failover;

import io.jbpf.controller.ClockOffMain;
import io.jbpf.controller.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A controller as a process, and what it says. */
final class ReplicaProcess implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile("metrics on port (\\d+)");
    private static final Pattern NODE =
            Pattern.compile("(?m)^(\\S+Z) .*This process sees to the programs of this node\\.$");
    private static final Duration SCRAPE = Duration.ofSeconds(2);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(SCRAPE).build();

    private final Process process;
    private final Path log;
    private volatile Optional<String> port = Optional.empty();
    private volatile Optional<Instant> nodeSince = Optional.empty();

    private ReplicaProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts one; what it prints is added to the file. A clock that is off takes another main class. */
    static ReplicaProcess start(Map<String, String> environment, Optional<Duration> clockOff, Path log) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path")));
        if (clockOff.isPresent()) {
            command.addAll(List.of(ClockOffMain.class.getName(), clockOff.get().toString()));
        } else {
            command.add(Main.class.getName());
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            return new ReplicaProcess(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** How many descriptors it has of each of the kinds that it must not gather: BPF objects, inotify and the like. */
    SortedMap<String, Integer> descriptors() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
            all.forEach(descriptor -> {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("anon_inode:") || target.startsWith("net:")) {
                        // A link is called with a hyphen or an underscore, by who made its descriptor.
                        counts.merge(target.replace('_', '-'), 1, Integer::sum);
                    }
                } catch (IOException e) {
                    // It was closed meanwhile.
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return counts;
    }

    /** By proc_pid_status(5). */
    long residentKib() {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Everything that it has printed. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean hasBegunToLead() {
        return said().contains("This process leads.");
    }

    /** When it had its node's kernel and what an earlier process left there, by its own log. */
    Optional<Instant> hasTheNodeSince() {
        if (nodeSince.isEmpty()) {
            Matcher since = NODE.matcher(said());
            nodeSince = since.find() ? Optional.of(Instant.parse(since.group(1))) : Optional.empty();
        }
        return nodeSince;
    }

    /** By proc_pid_stat(5): the state follows the name, which is in parentheses. */
    boolean isStopped() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return stat.startsWith(") T", stat.lastIndexOf(')'));
        } catch (IOException e) {
            // It has ended.
            return false;
        }
    }

    /** Sends a signal, and returns when it is sent. */
    void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " " + process.pid() + ": status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What it answers to a GET request; empty if it does not, or not with 200. */
    Optional<String> get(String path) {
        if (port.isEmpty()) {
            Matcher found = PORT.matcher(said());
            port = found.find() ? Optional.of(found.group(1)) : Optional.empty();
        }
        if (port.isEmpty() || !isAlive()) {
            return Optional.empty();
        }
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.get() + path))
                            .timeout(SCRAPE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Ends it at once, also if it is stopped. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
