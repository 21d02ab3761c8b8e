package io.jbpf.corpus;

import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

    private static final Pattern REFUSED = Pattern.compile("libbpf: prog '([^']+)': failed to ");

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

    /**
     * What it loads of an object.
     *
     * @param whole whether it takes the object as it is
     * @param programs the programs that it loads; if it does not take the whole, without the sections of those it refuses
     */
    record Loaded(boolean whole, Set<String> programs) {}

    /**
     * Loads an object, and where it is refused, what is left without the sections of the programs that are to blame. Where
     * libbpf blames none, each section is tried alone.
     *
     * @param sections of each program its section's name, as libbpf names them
     */
    Loaded load(ElfBytes object, Map<String, String> sections) throws IOException, InterruptedException {
        Set<String> left = new TreeSet<>(object.programSections());
        Tool.Ending ending = attempt(object);
        boolean whole = ending.status() == 0;
        while (ending.status() != 0) {
            Matcher refused = REFUSED.matcher(ending.output());
            String section = refused.find() ? sections.getOrDefault(refused.group(1), "") : "";
            if (!left.remove(section) && !left.remove("?" + section)) {
                return new Loaded(false, loadBySection(object, left));
            }
            if (left.isEmpty()) {
                return new Loaded(false, Set.of());
            }
            ending = attempt(object.withPrograms(left));
        }
        return new Loaded(whole, programs(ending));
    }

    private Set<String> loadBySection(ElfBytes object, Set<String> sections) throws IOException, InterruptedException {
        Set<String> loaded = new TreeSet<>();
        for (String section : sections) {
            loaded.addAll(programs(attempt(object.withPrograms(Set.of(section)))));
        }
        return loaded;
    }

    private Tool.Ending attempt(ElfBytes object) throws IOException, InterruptedException {
        Files.write(file, object.bytes());
        Tool.Ending ending = Tool.attempt("unshare", "--mount", "sh", "-c", LOAD_ALL, "sh", command, file.toString());
        if (ending.status() == 99) {
            throw new AssertionError(ending.output());
        }
        return ending;
    }

    private static Set<String> programs(Tool.Ending ending) {
        return ending.status() != 0
                ? Set.of()
                : ending.output()
                        .lines()
                        .filter(line -> line.startsWith("loaded: "))
                        .map(line -> line.substring("loaded: ".length()))
                        .collect(Collectors.toCollection(TreeSet::new));
    }
}
