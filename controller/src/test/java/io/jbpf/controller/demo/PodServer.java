package io.jbpf.controller.demo;

import io.jbpf.netlink.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The pod's process: {@link PodServerMain} in a JVM of its own. */
final class PodServer implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(5);

    private final Process process;
    private final Path errors;

    private PodServer(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /**
     * Starts it inside a network namespace. It does nothing until {@link #serve}.
     *
     * @param namespace where it is born
     * @param errors the file for what it complains about
     * @param ports where it shall listen
     */
    static PodServer start(NetworkNamespace namespace, Path errors, List<Integer> ports) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                ownClasses(),
                PodServerMain.class.getName()));
        ports.forEach(port -> command.add(port.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile());
        // A process is born where the thread that starts it is.
        return new PodServer(namespace.call(builder::start), errors);
    }

    private static String ownClasses() {
        try {
            return Path.of(PodServerMain.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the place of the classes is no URI", e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** {@return whether it has not ended} */
    boolean isAlive() {
        return process.isAlive();
    }

    /** {@return what it complained about} */
    String complaints() {
        try {
            return Files.readString(errors).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Lets it listen. */
    void serve() throws IOException {
        OutputStream input = process.getOutputStream();
        input.write('\n');
        input.flush();
    }

    /** Ends it, at once: it has nothing to tidy up. */
    @Override
    public void close() {
        process.destroyForcibly();
        if (!Deadline.in(END).waitUntil(() -> !process.isAlive())) {
            throw new DemoFailure("process " + process.pid() + " does not end");
        }
    }
}
