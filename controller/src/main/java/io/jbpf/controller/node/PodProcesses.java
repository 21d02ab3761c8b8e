package io.jbpf.controller.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The processes of the node, as {@code /proc} shows them. */
final class PodProcesses {
    /** Those that count are the oldest of each container. */
    private static final int MOST = 128;

    /** In stat behind the name, which may have blanks and brackets: proc_pid_stat(5), the 22nd with pid and name. */
    private static final int START_TIME = 22 - 3;

    private final Path proc;
    private final NetworkNamespaces namespaces;

    PodProcesses(Path proc, NetworkNamespaces namespaces) {
        this.proc = proc;
        this.namespaces = namespaces;
    }

    /**
     * A process that lives.
     *
     * @param started when, in clock ticks since the boot
     * @param namespaceFile what stands for its network namespace
     * @param namespace the namespace's inode; nothing if it is not ours to look at
     */
    record Living(int id, long started, Path namespaceFile, OptionalLong namespace) {}

    /** {@return those that have not ended, the oldest first} The sandbox's is the first of a pod. */
    List<Living> oldestFirst(List<Integer> ids) {
        return ids.stream()
                .limit(MOST)
                .flatMap(id -> living(id).stream())
                .sorted(Comparator.comparingLong(Living::started).thenComparingInt(Living::id))
                .toList();
    }

    private Optional<Living> living(int id) {
        Path directory = proc.resolve(Integer.toString(id));
        Path file = directory.resolve("ns/net");
        OptionalLong started = started(directory);
        if (started.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong namespace = namespaces.inode(file);
        // A zombie has no namespace any more, which looks as though it were not ours to see.
        return namespace.isEmpty() && isZombie(directory)
                ? Optional.empty()
                : Optional.of(new Living(id, started.getAsLong(), file, namespace));
    }

    private static OptionalLong started(Path directory) {
        Optional<String[]> fields = stat(directory);
        try {
            return fields.isPresent() && fields.get().length > START_TIME
                    ? OptionalLong.of(Long.parseLong(fields.get()[START_TIME]))
                    : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static boolean isZombie(Path directory) {
        return stat(directory)
                .map(fields -> fields[0].equals("Z") || fields[0].equals("X"))
                .orElse(true);
    }

    private static Optional<String[]> stat(Path directory) {
        try {
            String stat = Files.readString(directory.resolve("stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
            int name = stat.lastIndexOf(')');
            return name < 0
                    ? Optional.empty()
                    : Optional.of(stat.substring(name + 1).strip().split(" ", -1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** {@return the namespaces that are not a pod's to filter: of the machine's first process} */
    OptionalLong ofTheNode() {
        return namespaces.inode(proc.resolve("1/ns/net"));
    }

    /** {@return the namespace that this process is in} */
    OptionalLong ofThisProcess() {
        return namespaces.inode(proc.resolve("self/ns/net"));
    }

    /** {@return the namespaces that are nobody's to filter} */
    List<Long> refused() {
        return Stream.of(ofTheNode(), ofThisProcess())
                .flatMap(inode -> inode.stream().boxed())
                .toList();
    }
}
