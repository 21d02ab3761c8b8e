package io.jbpf.corpus;

import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code bpftool prog loadall} says to an object, in a bpffs of its own that goes with it. */
final class Bpftool {
    /** The one that Debian 12 has. */
    static final String INSTALLED = "bpftool";

    /** The newest that Debian has, which {@code .ci/peers} fetches. */
    static final String NEWEST = "bpftool-sid";

    private static final Pattern LIBBPF = Pattern.compile("^using libbpf v(\\S+)$", Pattern.MULTILINE);

    private static final String LOAD_ALL = """
            mount -t bpf bpf /sys/fs/bpf || exit 99
            "$1" prog loadall "$2" /sys/fs/bpf/programs || exit 1
            for pin in /sys/fs/bpf/programs/*; do echo "loaded: ${pin##*/}"; done
            """;

    private final String command;
    private final String libbpf;
    private final Path file;

    /** @param directory where it may write a file */
    Bpftool(String command, Path directory) throws IOException, InterruptedException {
        this.command = command;
        String version = Tool.run(command, "version");
        Matcher found = LIBBPF.matcher(version);
        if (!found.find()) {
            throw new AssertionError(command + " does not say which libbpf it has: " + version);
        }
        this.libbpf = "libbpf " + found.group(1);
        this.file = directory.resolve("object.o");
    }

    /** The library that it loads with: {@code libbpf 1.8}. */
    String libbpf() {
        return libbpf;
    }

    /** The programs that it loads if the object is loaded whole; nothing if it refuses it. */
    Optional<Set<String>> loadWhole(ElfBytes object) throws IOException, InterruptedException {
        Files.write(file, object.bytes());
        Tool.Ending ending = Tool.attempt("unshare", "--mount", "sh", "-c", LOAD_ALL, "sh", command, file.toString());
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
