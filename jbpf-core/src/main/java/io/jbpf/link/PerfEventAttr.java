package io.jbpf.link;

import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.StructLayout;
import io.jbpf.sys.StructLayout.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** {@code struct perf_event_attr} of linux/perf_event.h up to {@code config2} (PERF_ATTR_SIZE_VER1, 72 bytes). */
final class PerfEventAttr {
    static final StructLayout LAYOUT = new StructLayout("perf_event_attr");
    static final Field TYPE = LAYOUT.u32("type");
    static final Field SIZE = LAYOUT.u32("size");
    static final Field CONFIG = LAYOUT.u64("config");
    /** A union with {@code sample_freq}. */
    static final Field SAMPLE_PERIOD = LAYOUT.u64("sample_period");

    static {
        LAYOUT.u64("sample_type");
        LAYOUT.u64("read_format");
    }

    static final Field FLAGS = LAYOUT.u64("flags");

    static {
        LAYOUT.u32("wakeup_events");
        LAYOUT.u32("bp_type");
    }

    /** {@code config1}, a union with {@code kprobe_func} and {@code uprobe_path}. */
    static final Field CONFIG1 = LAYOUT.u64("config1");
    /** {@code config2}, a union with {@code probe_offset}. */
    static final Field CONFIG2 = LAYOUT.u64("config2");

    private static final Path SOURCES = Path.of("/sys/bus/event_source/devices");

    private PerfEventAttr() {}

    static NativeMemory of(int type, long config) {
        return NativeMemory.allocate(LAYOUT.size())
                .set(TYPE, type)
                .set(SIZE, LAYOUT.size())
                .set(CONFIG, config);
    }

    /** An attr for a source of events that has no fixed number: {@code kprobe} and {@code uprobe}, Linux 4.17. */
    static NativeMemory ofSource(String source, boolean atReturn) {
        Path directory = SOURCES.resolve(source);
        try {
            int type =
                    Integer.parseInt(Files.readString(directory.resolve("type")).strip());
            // "config:0", the number of a bit
            String format =
                    Files.readString(directory.resolve("format/retprobe")).strip();
            int bit = Integer.parseInt(format.substring(format.indexOf(':') + 1));
            return of(type, atReturn ? 1L << bit : 0);
        } catch (NoSuchFileException e) {
            throw new UnsupportedFeatureException(
                    source + "s as perf events (there is no " + directory + ")", "4.17", e);
        } catch (IOException | NumberFormatException e) {
            throw new BpfException("cannot read the number of " + directory + ": " + e, e);
        }
    }
}
