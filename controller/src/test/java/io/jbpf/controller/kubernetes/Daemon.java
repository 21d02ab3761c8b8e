package io.jbpf.controller.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs beside the tests and ends with them: when it is closed, and also when this JVM is gone, however it
 * went, for its keeper notices that nobody holds the other end of its standard input.
 */
final class Daemon implements AutoCloseable {
    private static final String KEEPER = """
            exec 3<&0
            "$@" 3<&- &
            child=$!
            { cat <&3 >/dev/null; kill $child; } &
            wait $child
            """;
    private static final int LAST_LINES = 20;
    private static final long PATIENCE_SECONDS = 20;

    private final String name;
    private final Path log;
    private final Process keeper;

    private Daemon(String name, Path log, Process keeper) {
        this.name = name;
        this.log = log;
        this.keeper = keeper;
    }

    /** Starts a program; what it prints goes to a file. */
    static Daemon start(Path log, List<String> command) {
        List<String> kept = new ArrayList<>(List.of("sh", "-c", KEEPER, "keeper"));
        kept.addAll(command);
        try {
            Process keeper = new ProcessBuilder(kept)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new Daemon(command.get(0), log, keeper);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean alive() {
        return keeper.isAlive();
    }

    /** The end of what it printed, for whoever asks why it does not do what it should. */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            return name + (alive() ? "" : " has ended") + ":\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it and waits until it has ended. */
    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>(keeper.descendants().toList());
        all.add(keeper.toHandle());
        try {
            keeper.getOutputStream().close();
            if (!keeper.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
                keeper.waitFor();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            all.forEach(ProcessHandle::destroyForcibly);
            Thread.currentThread().interrupt();
        }
    }
}
