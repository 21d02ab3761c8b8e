package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.PerfEventAttr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The sources of perf events that have no fixed number and make probes: {@code kprobe} and {@code uprobe}, Linux 4.17. */
final class ProbePmu {
    private static final Path SOURCES = Path.of("/sys/bus/event_source/devices");

    private ProbePmu() {}

    /** An attr for an event of such a source. */
    static NativeMemory attr(String source, boolean atReturn) {
        Path directory = SOURCES.resolve(source);
        try {
            int type =
                    Integer.parseInt(Files.readString(directory.resolve("type")).strip());
            // "config:0", the number of a bit
            String format =
                    Files.readString(directory.resolve("format/retprobe")).strip();
            int bit = Integer.parseInt(format.substring(format.indexOf(':') + 1));
            return PerfEventAttr.of(type, atReturn ? 1L << bit : 0);
        } catch (NoSuchFileException e) {
            throw new UnsupportedFeatureException(
                    source + "s as perf events (there is no " + directory + ")", "4.17", e);
        } catch (IOException | NumberFormatException e) {
            throw new BpfException("cannot read the number of " + directory + ": " + e, e);
        }
    }
}
