package io.jbpf.fs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A trace buffer of our own: a directory below {@code instances} of tracefs, with one event turned on. What else is traced
 * on the machine is neither seen nor changed by it. Its buffer takes some megabytes for each CPU. Closing removes it; after
 * {@code kill -9} the next one that is opened does.
 */
public final class TraceInstance implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** The process that made it is in the name. */
    private static final Pattern NAME = Pattern.compile("jbpf-(\\d+)-\\d+");

    private final Path directory;

    private TraceInstance(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes an instance that hears one event.
     *
     * @param tracefs where
     * @param category the event's directory: {@code bpf_trace}
     * @param event the event: {@code bpf_trace_printk} (Linux 5.9)
     * @return nothing if the kernel has no such event, or no instances
     * @throws BpfException if it may not be made
     */
    public static Optional<TraceInstance> listeningTo(TraceFs tracefs, String category, String event) {
        Path instances = tracefs.directory().resolve("instances");
        Path enable = Path.of("events", category, event, "enable");
        if (!Files.isDirectory(instances) || !Files.exists(tracefs.directory().resolve(enable))) {
            return Optional.empty();
        }
        removeAbandoned(instances);
        TraceInstance instance = new TraceInstance(make(instances));
        try {
            // Wake readers with the first line rather than with a half-full buffer (Linux 5.0).
            Path percent = instance.directory.resolve("buffer_percent");
            if (Files.exists(percent)) {
                Files.writeString(percent, "0");
            }
            Files.writeString(instance.directory.resolve(enable), "1");
            return Optional.of(instance);
        } catch (IOException e) {
            instance.close();
            throw new BpfException(
                    "cannot turn on " + category + "/" + event + " in " + instance.directory + ": " + e, e);
        }
    }

    private static Path make(Path instances) {
        String prefix = "jbpf-" + ProcessHandle.current().pid() + "-";
        while (true) {
            Path directory = instances.resolve(prefix + NUMBER.incrementAndGet());
            try {
                return Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                // Of a process that had our number.
            } catch (IOException e) {
                throw new BpfException("cannot make the trace instance " + directory + ": " + e + "; run as root", e);
            }
        }
    }

    /** The kernel refuses to remove one that somebody reads, as when its process is in another PID namespace. */
    private static void removeAbandoned(Path instances) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(instances)) {
            for (Path each : all) {
                Matcher name = NAME.matcher(String.valueOf(each.getFileName()));
                if (name.matches() && !Files.exists(Path.of("/proc", name.group(1)))) {
                    remove(each);
                }
            }
        } catch (IOException e) {
            // Whoever may not look here may not make one either, and is told so.
        }
    }

    private static void remove(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // EBUSY: somebody has a file of it open.
        }
    }

    /** {@return its directory, which has the files that tracefs has at its root} */
    public Path directory() {
        return directory;
    }

    /** Removes it, unless somebody has a file of it open. */
    @Override
    public void close() {
        remove(directory);
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
