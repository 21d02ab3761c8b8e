package io.jbpf.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What /proc tells of a descriptor: a line for each property, its name, a colon and a tab, and its value. See proc(5),
 * and {@code bpf_map_show_fdinfo} and its like in kernel/bpf/syscall.c.
 *
 * @param properties by their names
 */
public record FdInfo(Map<String, String> properties) {
    /** {@return what it tells of a descriptor of this process; nothing if /proc is not mounted} */
    public static FdInfo of(Fd fd) {
        int number = fd.acquire();
        try {
            return read(Path.of("/proc/self/fdinfo", Integer.toString(number)));
        } catch (IOException e) {
            return new FdInfo(Map.of());
        } finally {
            fd.release();
        }
    }

    /**
     * What it tells of a descriptor of any process.
     *
     * @param file {@code /proc/PID/fdinfo/N}
     * @throws IOException if the process or the descriptor has gone, or is not for us to see
     */
    public static FdInfo read(Path file) throws IOException {
        Map<String, String> properties = new HashMap<>();
        // Latin-1, which has every byte: an eventfd or a file lock may print what it likes.
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                properties.putIfAbsent(
                        line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return new FdInfo(Map.copyOf(properties));
    }

    /** {@return a property that is a number, in decimal or with 0x in hexadecimal; empty if it is missing or is none} */
    public OptionalLong number(String property) {
        String value = properties.getOrDefault(property, "");
        try {
            return OptionalLong.of(Long.decode(value));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
