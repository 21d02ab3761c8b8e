package io.jbpf.corpus;

import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What {@code bpftool prog loadall} says to an object, in a bpffs of its own that goes with it. */
final class Bpftool {
    private static final String LOAD_ALL = """
            mount -t bpf bpf /sys/fs/bpf || exit 99
            bpftool prog loadall "$1" /sys/fs/bpf/programs || exit 1
            for pin in /sys/fs/bpf/programs/*; do echo "loaded: ${pin##*/}"; done
            """;

    private final Path file;

    Bpftool(Path directory) {
        this.file = directory.resolve("object.o");
    }

    /** The programs that it loads if the object is loaded whole; nothing if it refuses it. */
    Optional<Set<String>> loadWhole(ElfBytes object) throws IOException, InterruptedException {
        Files.write(file, object.bytes());
        Tool.Ending ending = Tool.attempt("unshare", "--mount", "sh", "-c", LOAD_ALL, "sh", file.toString());
        if (ending.status() == 99) {
            throw new AssertionError(ending.output());
        }
        return ending.status() != 0
                ? Optional.empty()
                : Optional.of(ending.output()
                        .lines()
                        .filter(line -> line.startsWith("loaded: "))
                        .map(line -> line.substring("loaded: ".length()))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The programs that it loads if each section with programs is loaded without the others. */
    Set<String> loadBySection(ElfBytes object) throws IOException, InterruptedException {
        Set<String> loaded = new TreeSet<>();
        for (String section : object.programSections()) {
            loadWhole(object.withPrograms(section)).ifPresent(loaded::addAll);
        }
        return loaded;
    }
}
