package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The processes of this machine at one moment, from /proc. */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");

    /** PROC_PID_INIT_INO in the kernel's proc_ns.h: the first pid namespace, whose ids BPF programs see. */
    private static final String FIRST_PID_NAMESPACE = "pid:[4026531836]";

    // Fields of /proc/PID/stat after the name, which is in parentheses and may hold anything: proc(5).
    private static final int STATE = 0;
    private static final int PARENT = 1;
    private static final int START_TIME = 19;

    private final Map<Integer, Entry> entries;

    /**
     * One process.
     *
     * @param pid its id
     * @param parent its parent's id
     * @param startTime when it started, in clock ticks since boot: with the id, who it is
     * @param zombie whether it has ended and waits for its parent
     */
    record Entry(int pid, int parent, long startTime, boolean zombie) {
        /** {@return whether this very process is there and has not ended} */
        boolean isAlive() {
            return read(pid)
                    .filter(now -> now.startTime == startTime && !now.zombie)
                    .isPresent();
        }
    }

    private ProcessTable(Map<Integer, Entry> entries) {
        this.entries = entries;
    }

    /** {@return the processes there are now} */
    static ProcessTable now() {
        Map<Integer, Entry> entries = new LinkedHashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                read(Integer.parseInt(process.getFileName().toString())).ifPresent(e -> entries.put(e.pid(), e));
            }
        } catch (IOException e) {
            throw new BpfException("cannot list the processes in /proc: " + e, e);
        }
        return new ProcessTable(entries);
    }

    /**
     * Looks a process up.
     *
     * @throws IllegalArgumentException if there is none of that id, it has ended, or the id is a thread's
     * @throws BpfException if this virtual machine does not see the host's process ids
     */
    static Entry require(long pid) {
        requireHostIds();
        Optional<Entry> entry = pid < 1 || pid > Integer.MAX_VALUE ? Optional.empty() : read((int) pid);
        if (entry.isEmpty()) {
            throw new IllegalArgumentException("there is no process " + pid);
        }
        if (entry.get().zombie()) {
            throw new IllegalArgumentException("process " + pid + " has ended");
        }
        long group = threadGroup((int) pid);
        if (group != pid) {
            throw new IllegalArgumentException(pid + " is a thread of process " + group + "; name that one");
        }
        return entry.get();
    }

    private static void requireHostIds() {
        try {
            String namespace =
                    Files.readSymbolicLink(PROC.resolve("self/ns/pid")).toString();
            if (!namespace.equals(FIRST_PID_NAMESPACE)) {
                throw new BpfException("cannot follow a process from inside a pid namespace (" + namespace
                        + "), where ids are not the kernel's: run in the host's (docker --pid=host, hostPID: true),"
                        + " or watch a cgroup");
            }
        } catch (IOException e) {
            throw new BpfException("cannot tell the pid namespace: " + e, e);
        }
    }

    /** {@return the process and its descendants, as far as parents tell; parents first} */
    List<Entry> tree(int root) {
        Set<Integer> members = new HashSet<>(Set.of(root));
        Map<Integer, Entry> tree = new LinkedHashMap<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (Entry entry : entries.values()) {
                boolean belongs = entry.pid() == root || members.contains(entry.parent());
                if (belongs && !tree.containsKey(entry.pid())) {
                    members.add(entry.pid());
                    tree.put(entry.pid(), entry);
                    grown = true;
                }
            }
        }
        return List.copyOf(tree.values());
    }

    private static Optional<Entry> read(int pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] field = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Optional.of(new Entry(
                    pid,
                    Integer.parseInt(field[PARENT]),
                    Long.parseLong(field[START_TIME]),
                    field[STATE].equals("Z") || field[STATE].equals("X")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static long threadGroup(int pid) {
        try {
            return Files.readAllLines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith("Tgid:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring("Tgid:".length()).strip()))
                    .findFirst()
                    .orElse(pid);
        } catch (IOException e) {
            throw new IllegalArgumentException("there is no process " + pid + " any more", e);
        }
    }
}
