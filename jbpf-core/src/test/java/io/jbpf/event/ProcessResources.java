package io.jbpf.event;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What this process has of the kernel for events: descriptors and mappings of BPF maps, perf events and epolls. */
final class ProcessResources {
    private static final List<String> KINDS =
            List.of("bpf-map", "bpf_ringbuf", "[perf_event]", "[eventpoll]", "[eventfd]");

    private ProcessResources() {}

    static Map<String, Integer> now() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.isSymbolicLink(descriptor)) {
                    count(
                            counts,
                            "descriptor of ",
                            Files.readSymbolicLink(descriptor).toString());
                }
            }
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            count(counts, "mapping of ", line);
        }
        return counts;
    }

    /** What there is more of now; less may be, since other tests' forgotten things go at any time. */
    static Map<String, Integer> beyond(Map<String, Integer> before) {
        try {
            Map<String, Integer> more = now();
            more.entrySet().removeIf(entry -> entry.getValue() <= before.getOrDefault(entry.getKey(), 0));
            return more;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void count(Map<String, Integer> counts, String what, String name) {
        KINDS.stream().filter(name::contains).forEach(kind -> counts.merge(what + kind, 1, Integer::sum));
    }
}
