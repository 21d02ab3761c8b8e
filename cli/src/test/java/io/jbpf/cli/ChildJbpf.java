package io.jbpf.cli;

import static java.util.stream.Collectors.toCollection;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.link.FoundLink;
import io.jbpf.map.BpfMap;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.Waits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import jnr.posix.POSIXFactory;

/** The command line in a virtual machine of its own, which can be sent signals. Closing kills it if it is still there. */
public final class ChildJbpf implements AutoCloseable {
    /** BPF_MAP_TYPE_PROG_ARRAY. */
    private static final int PROG_ARRAY = 3;

    /** The first Java that warns of native access unless it was enabled (JEP 472). */
    private static final int FIRST_TO_WARN = 24;

    /** As /proc shows signals: 1, 2 and 15. */
    private static final long SENT = 1 | 1 << 1 | 1 << 14;

    /**
     * A signal that this process ignores is ignored by its children too: nohup(1) has it so, and a shell with what it runs in the
     * background.
     */
    private static final List<String> HEEDING = List.of("env", "--default-signal=HUP,INT,TERM");

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final List<Thread> readers;

    /**
     * What a process holds of the kernel's BPF objects, by id.
     *
     * @param programs programs
     * @param maps maps
     * @param links links
     */
    public record Held(Set<Integer> programs, Set<Integer> maps, Set<Integer> links) {
        /** {@return what is left of it in the kernel; each asked for by its id, whatever others load and attach} */
        public Held stillThere() {
            return new Held(
                    those(programs, BpfProgram::openById),
                    those(maps, BpfMap::openById),
                    those(links, FoundLink::openById));
        }

        /** {@return whether it is nothing} */
        public boolean isEmpty() {
            return programs.isEmpty() && maps.isEmpty() && links.isEmpty();
        }

        private static Set<Integer> those(Set<Integer> ids, IntFunction<? extends AutoCloseable> open) {
            return ids.stream().filter(id -> isThere(id, open)).collect(toCollection(TreeSet::new));
        }

        private static boolean isThere(int id, IntFunction<? extends AutoCloseable> open) {
            try (AutoCloseable object = open.apply(id)) {
                return object != null;
            } catch (SystemCallException e) {
                if (e.errno().equals(Errno.ENOENT)) {
                    return false;
                }
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ChildJbpf(Process process) {
        this.process = process;
        this.readers = List.of(collect(process.inputReader(), out), collect(process.errorReader(), err));
    }

    /** Starts a command line. */
    public static ChildJbpf start(String... arguments) {
        return startUnder(List.of(), arguments);
    }

    /** Starts a command line by way of a command that runs it. */
    public static ChildJbpf startUnder(List<String> wrapper, String... arguments) {
        List<String> command = new ArrayList<>(ignoresSignals() ? HEEDING : List.of());
        command.addAll(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        if (Runtime.version().feature() >= FIRST_TO_WARN) {
            // As the executable jar's manifest says.
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        try {
            return new ChildJbpf(new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean ignoresSignals() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            long ignored = lines.filter(line -> line.startsWith("SigIgn:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.split("\\s+", -1)[1], 16))
                    .findFirst()
                    .orElseThrow();
            return (ignored & SENT) != 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Thread collect(BufferedReader from, List<String> lines) {
        Thread reader = new Thread(
                () -> {
                    try (from) {
                        for (String line = from.readLine(); line != null; line = from.readLine()) {
                            lines.add(line);
                        }
                    } catch (IOException e) {
                        // The stream was closed to see what the process does about it.
                    }
                },
                "child-output");
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    /** Returns when standard error has this. */
    public void awaitNote(String text) {
        awaitLine(err, text);
    }

    /** Returns when standard output has this. */
    public void awaitOutput(String text) {
        awaitLine(out, text);
    }

    private void awaitLine(List<String> lines, String text) {
        Waits.until(() -> {
            boolean there = lines.stream().anyMatch(line -> line.contains(text));
            if (!there && !process.isAlive()) {
                throw new AssertionError("ended without saying '" + text + "': " + err);
            }
            return there;
        });
    }

    /** {@return the BPF objects the process holds now, by the descriptors in /proc} */
    public Held holds() throws IOException {
        Held held = new Held(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/fdinfo"))) {
            for (Path descriptor : descriptors) {
                List<String> lines = read(descriptor);
                // To ask whether a program array is there is to open and close it, and the kernel leaks one that is
                // closed
                // for the last time while it is still being emptied (kernel/bpf/arraymap.c, prog_array_map_clear: the
                // reference taken for work that is pending already is never given back).
                if (lines.contains("map_type:\t" + PROG_ARRAY)) {
                    continue;
                }
                for (String line : lines) {
                    String[] field = line.split(":\\s+", 2);
                    switch (field[0]) {
                        case "prog_id" -> held.programs().add(Integer.valueOf(field[1]));
                        case "map_id" -> held.maps().add(Integer.valueOf(field[1]));
                        case "link_id" -> held.links().add(Integer.valueOf(field[1]));
                        default -> {}
                    }
                }
            }
        }
        return held;
    }

    private static List<String> read(Path descriptor) throws IOException {
        try {
            return Files.readAllLines(descriptor);
        } catch (NoSuchFileException closedMeanwhile) {
            return List.of();
        }
    }

    /** Sends a signal: 1 hangs up, 2 is ctrl-C, 15 asks to end. */
    public void signal(int number) {
        POSIXFactory.getNativePOSIX().kill((int) process.pid(), number);
    }

    /** Reads no further, as head(1) does when it has seen enough. */
    public void closeOutput() throws IOException {
        process.getInputStream().close();
    }

    /** {@return the exit status} */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + err);
        }
        for (Thread reader : readers) {
            reader.join(TimeUnit.SECONDS.toMillis(20));
        }
        return process.exitValue();
    }

    /** {@return the lines of standard output so far} */
    public List<String> out() {
        return out;
    }

    /** {@return the lines of standard error so far} */
    public List<String> err() {
        return err;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
