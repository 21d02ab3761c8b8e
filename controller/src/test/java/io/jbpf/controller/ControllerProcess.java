package io.jbpf.controller;

import io.jbpf.testkit.Waits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The executable in a JVM of its own, as on a node, with its log. */
final class ControllerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern PORT = Pattern.compile("metrics on port (\\d+)\\.");

    private final Process process;
    private final Thread reader;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    private ControllerProcess(Process process) {
        this.process = process;
        reader = new Thread(this::readLog, "log of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts one; the metrics are served at a port of the kernel's choice. */
    static ControllerProcess start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put("METRICS_ADDR", "127.0.0.1:0");
        return new ControllerProcess(builder.start());
    }

    private void readLog() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
    }

    List<String> log() {
        return List.copyOf(log);
    }

    /** When a line of the log was written, the first with a text. */
    Optional<OffsetDateTime> said(String text) {
        return log.stream()
                .filter(line -> line.contains(text))
                .findFirst()
                .map(line -> OffsetDateTime.parse(line.substring(0, line.indexOf(' '))));
    }

    OffsetDateTime awaitSaid(String text) {
        await(() -> said(text).isPresent(), "\"" + text + "\" in the log");
        return said(text).orElseThrow();
    }

    /** Waits, and shows the log if it was in vain. */
    void await(BooleanSupplier condition, String what) {
        try {
            Waits.until(condition);
        } catch (AssertionError e) {
            throw new AssertionError(
                    "waited in vain for " + what + "; the controller said:\n" + String.join("\n", log), e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** SIGTERM, or SIGKILL; answers the exit status. */
    int end(boolean orderly) throws InterruptedException {
        // Not by the process itself, which would close its output unread.
        boolean told =
                orderly ? process.toHandle().destroy() : process.toHandle().destroyForcibly();
        if (!told) {
            throw new AssertionError("no signal can be sent to process " + process.pid());
        }
        return ended();
    }

    int ended() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the controller does not end; it said:\n" + String.join("\n", log));
        }
        reader.join();
        return process.exitValue();
    }

    /** What a path answers; nothing while it is not served. */
    String get(String path) {
        Optional<Matcher> port =
                log.stream().map(PORT::matcher).filter(Matcher::find).findFirst();
        if (port.isEmpty()) {
            return "";
        }
        URI uri = URI.create("http://127.0.0.1:" + port.get().group(1) + path);
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }

    /** The value of the first series of a name with a label; -1 if there is none. */
    double metric(String name, String label) {
        Matcher series = Pattern.compile("(?m)^podconfigmap_controller_ebpf_" + name + "\\{[^}]*" + Pattern.quote(label)
                        + "[^}]*\\} (.*)$")
                .matcher(get("/metrics"));
        return series.find() ? Double.parseDouble(series.group(1)) : -1;
    }

    @Override
    public void close() {
        Process unused = process.destroyForcibly().onExit().join();
    }
}
