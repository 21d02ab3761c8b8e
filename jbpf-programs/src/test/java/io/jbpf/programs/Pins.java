package io.jbpf.programs;

import io.jbpf.fs.BpfFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What tests leave in a bpffs. */
final class Pins {
    private Pins() {}

    /** {@return the names of what is in a directory, without what is further down} */
    static List<String> in(BpfFs directory) throws IOException {
        try (Stream<Path> pins = Files.list(directory.directory())) {
            return pins.map(pin -> pin.getFileName().toString()).toList();
        }
    }

    /** Removes a directory with all that is in it. */
    static void removeAll(BpfFs directory) throws IOException {
        try (Stream<Path> pins = Files.walk(directory.directory())) {
            for (Path pin : pins.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(pin);
            }
        }
    }
}
