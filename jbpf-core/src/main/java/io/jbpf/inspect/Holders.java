package io.jbpf.inspect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The processes that hold BPF objects by a descriptor, as /proc/PID/fd tells. Of another user's processes it does so only
 * with CAP_SYS_PTRACE, of processes in other PID namespaces not at all; what it does not tell is {@link #unreadable}. A
 * process that came or went meanwhile may or may not be among them.
 *
 * <p>A descriptor is one of several things that keep an object alive: others are pins ({@link Pins}), links and filters that
 * have a program, programs that use a map, and descriptors that are under way through a Unix socket.
 *
 * @param holders by process
 * @param unreadable processes that could not be looked at
 */
public record Holders(List<Holder> holders, List<Unreadable> unreadable) {
    private static final Path PROC = Path.of("/proc");

    /**
     * A process that holds an object.
     *
     * @param kind what it holds
     * @param id which one
     * @param pid the process, in this PID namespace
     * @param command its name, as {@code /proc/PID/comm} has it; empty if that is not told
     * @param descriptors the descriptors it has of the object
     */
    public record Holder(ObjectKind kind, int id, long pid, String command, List<Integer> descriptors) {}

    /** Looks at all processes. */
    public static Holders now() {
        return below(PROC);
    }

    static Holders below(Path proc) {
        Search search = new Search();
        for (Path process : entries(proc, search.unreadable)) {
            String name = String.valueOf(process.getFileName());
            if (name.chars().allMatch(Character::isDigit)) {
                search.process(process, Long.parseLong(name));
            }
        }
        search.holders.sort(Comparator.comparingLong(Holder::pid)
                .thenComparing(Holder::kind)
                .thenComparing(Holder::id));
        return new Holders(List.copyOf(search.holders), List.copyOf(search.unreadable));
    }

    /** {@return who holds one object} */
    public List<Holder> of(ObjectKind kind, int id) {
        return holders.stream()
                .filter(holder -> holder.kind() == kind && holder.id() == id)
                .toList();
    }

    private static List<Path> entries(Path directory, List<Unreadable> unreadable) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
            found.forEach(entries::add);
        } catch (DirectoryIteratorException e) {
            note(directory, Objects.requireNonNull(e.getCause()), unreadable);
        } catch (IOException e) {
            note(directory, e, unreadable);
        }
        return entries;
    }

    /** One that has gone was not there. ESRCH comes from files of a process that has ended while they were open. */
    private static void note(Path what, IOException why, List<Unreadable> unreadable) {
        if (Files.exists(what)) {
            unreadable.add(new Unreadable(what.toString(), why.toString()));
        }
    }

    private static final class Search {
        private final List<Holder> holders = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();

        void process(Path process, long pid) {
            Map<OpenDescriptor, List<Integer>> held =
                    new TreeMap<>(Comparator.comparing(OpenDescriptor::kind).thenComparing(OpenDescriptor::id));
            for (Path descriptor : entries(process.resolve("fd"), unreadable)) {
                String number = String.valueOf(descriptor.getFileName());
                try {
                    Optional<OpenDescriptor> object = OpenDescriptor.read(process, number);
                    object.ifPresent(known -> held.computeIfAbsent(known, any -> new ArrayList<>())
                            .add(Integer.valueOf(number)));
                } catch (IOException e) {
                    note(descriptor, e, unreadable);
                }
            }
            if (!held.isEmpty()) {
                String command = command(process);
                held.forEach((object, descriptors) -> holders.add(new Holder(
                        object.kind(),
                        object.id(),
                        pid,
                        command,
                        descriptors.stream().sorted().toList())));
            }
        }

        private static String command(Path process) {
            try {
                // Any bytes will do for a name.
                return new String(Files.readAllBytes(process.resolve("comm")), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                return "";
            }
        }
    }
}
