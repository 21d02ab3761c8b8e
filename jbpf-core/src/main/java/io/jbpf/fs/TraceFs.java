package io.jbpf.fs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tracing file system, where each tracepoint has a directory with its number. Linux 4.1; before, part of debugfs. */
public final class TraceFs {
    private static final Path DEFAULT_ROOT = Path.of("/sys/kernel/tracing");
    private static final List<Path> PLACES = List.of(DEFAULT_ROOT, Path.of("/sys/kernel/debug/tracing"));
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]+");

    // TRACEFS_MAGIC, linux/magic.h
    private static final Mount TRACEFS = new Mount("tracefs", 0x74726163L);

    private final Path root;

    private TraceFs(Path root) {
        this.root = root;
    }

    /** The tracefs of this machine, mounted at /sys/kernel/tracing if it was nowhere, which needs CAP_SYS_ADMIN. */
    public static TraceFs mounted() {
        for (Path place : PLACES) {
            if (Files.isDirectory(place) && TRACEFS.isAt(place)) {
                return new TraceFs(place);
            }
        }
        TRACEFS.mountAt(DEFAULT_ROOT);
        return new TraceFs(DEFAULT_ROOT);
    }

    /** {@return where it is mounted} */
    public Path directory() {
        return root;
    }

    /**
     * A tracepoint's number, as {@code perf_event_attr.config} wants it.
     *
     * @param category its directory: {@code raw_syscalls}
     * @param name the tracepoint: {@code sys_enter}
     * @throws BpfException if there is none of that name, or if it may not be read (CAP_DAC_READ_SEARCH)
     */
    public int tracepointId(String category, String name) {
        if (!NAME.matcher(category).matches() || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + category + "/" + name + "' cannot name a tracepoint");
        }
        Path id = root.resolve("events").resolve(category).resolve(name).resolve("id");
        try {
            return Integer.parseInt(Files.readString(id).strip());
        } catch (NoSuchFileException e) {
            throw new BpfException(
                    "there is no tracepoint " + category + "/" + name + "; see " + root + "/available_events", e);
        } catch (IOException | NumberFormatException e) {
            throw new BpfException("cannot read the number of tracepoint " + category + "/" + name + ": " + e, e);
        }
    }

    /**
     * The functions of the kernel and its modules that can be traced: {@code available_filter_functions}. Of several names
     * for one function that has one.
     *
     * @param pattern a name in which {@code *} stands for any letters and {@code ?} for one
     * @return those that fit, in the order of the file
     * @throws BpfException if it may not be read, or the kernel has no function tracer
     */
    public List<String> traceableFunctions(String pattern) {
        Pattern glob = Pattern.compile(pattern.replaceAll("[^A-Za-z0-9_*?]", "\\\\$0")
                .replace("*", ".*")
                .replace('?', '.'));
        Path file = root.resolve("available_filter_functions");
        // "nf_nat_init [nf_nat]": a module's
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(line -> line.split("\\s", 2)[0])
                    .filter(name -> glob.matcher(name).matches())
                    .distinct()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new BpfException("cannot read " + file + ": " + e, e);
        }
    }
}
