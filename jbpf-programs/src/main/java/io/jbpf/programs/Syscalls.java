package io.jbpf.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The system calls of one architecture, by name and by number. The tables are generated from the kernel's headers
 * ({@code asm/unistd_64.h}); a call that is younger than they are has a number here but no name.
 */
public final class Syscalls {
    /**
     * What C libraries call where an architecture left the old call out. Only calls that do the same work are listed.
     */
    private static final Map<String, String> REPLACEMENTS = Map.ofEntries(
            Map.entry("access", "faccessat"),
            Map.entry("chmod", "fchmodat"),
            Map.entry("chown", "fchownat"),
            Map.entry("creat", "openat"),
            Map.entry("dup2", "dup3"),
            Map.entry("epoll_create", "epoll_create1"),
            Map.entry("epoll_wait", "epoll_pwait"),
            Map.entry("eventfd", "eventfd2"),
            Map.entry("fork", "clone"),
            Map.entry("futimesat", "utimensat"),
            Map.entry("getdents", "getdents64"),
            Map.entry("getpgrp", "getpgid"),
            Map.entry("inotify_init", "inotify_init1"),
            Map.entry("lchown", "fchownat"),
            Map.entry("link", "linkat"),
            Map.entry("lstat", "newfstatat"),
            Map.entry("mkdir", "mkdirat"),
            Map.entry("mknod", "mknodat"),
            Map.entry("open", "openat"),
            Map.entry("pause", "ppoll"),
            Map.entry("pipe", "pipe2"),
            Map.entry("poll", "ppoll"),
            Map.entry("readlink", "readlinkat"),
            Map.entry("rename", "renameat"),
            Map.entry("rmdir", "unlinkat"),
            Map.entry("select", "pselect6"),
            Map.entry("signalfd", "signalfd4"),
            Map.entry("stat", "newfstatat"),
            Map.entry("symlink", "symlinkat"),
            Map.entry("unlink", "unlinkat"),
            Map.entry("utime", "utimensat"),
            Map.entry("utimes", "utimensat"),
            Map.entry("vfork", "clone"));

    private static final int SUGGESTIONS = 3;
    private static final Map<Architecture, Syscalls> TABLES = read();

    private final Architecture architecture;
    private final NavigableMap<String, Integer> numbers;
    private final Map<Integer, String> names;
    private final Set<String> namesElsewhere;

    /**
     * What a name stands for here.
     *
     * @param requested the name that was asked for
     * @param name the call that has the number: another name where this architecture replaced the one asked for
     * @param number its number
     */
    public record Resolved(String requested, String name, int number) {
        /** {@return whether another call stands in for the one asked for} */
        public boolean replaced() {
            return !requested.equals(name);
        }
    }

    private Syscalls(Architecture architecture, NavigableMap<String, Integer> numbers, Set<String> namesElsewhere) {
        this.architecture = architecture;
        this.numbers = Collections.unmodifiableNavigableMap(numbers);
        this.namesElsewhere = namesElsewhere;
        this.names = new HashMap<>();
        numbers.forEach((name, number) -> names.put(number, name));
    }

    /** {@return the system calls of the architecture} */
    public static Syscalls of(Architecture architecture) {
        return Objects.requireNonNull(TABLES.get(architecture));
    }

    /**
     * {@return the system calls of the machine this runs on}
     *
     * @throws UnsupportedOperationException if its architecture is not known
     */
    public static Syscalls current() {
        return of(Architecture.current());
    }

    /** {@return whose system calls these are} */
    public Architecture architecture() {
        return architecture;
    }

    /** {@return all calls, name to number, in alphabetical order} */
    public NavigableMap<String, Integer> all() {
        return numbers;
    }

    /**
     * {@return the name of a call, empty for a number that the table does not have}
     *
     * @param number the number, as in {@code asm/unistd_64.h}
     */
    public Optional<String> name(int number) {
        return Optional.ofNullable(names.get(number));
    }

    /** {@return the name of a call, or {@code syscall_471} for a number that the table does not have} */
    public String nameOrNumber(int number) {
        return names.getOrDefault(number, "syscall_" + number);
    }

    /**
     * {@return the call of this name, or the one that replaced it on this architecture}
     *
     * @param name as in the manual: {@code openat}
     * @throws IllegalArgumentException if there is no such call; the message says which known names come nearest
     */
    public Resolved resolve(String name) {
        Integer number = numbers.get(name);
        if (number != null) {
            return new Resolved(name, name, number);
        }
        String replacement = REPLACEMENTS.get(name);
        Integer replacementNumber = replacement == null ? null : numbers.get(replacement);
        if (replacement != null && replacementNumber != null) {
            return new Resolved(name, replacement, replacementNumber);
        }
        if (namesElsewhere.contains(name)) {
            throw new IllegalArgumentException(
                    "system call '" + name + "' does not exist on " + architecture.kernelName());
        }
        List<String> near = nearest(name);
        throw new IllegalArgumentException("unknown system call '" + name + "'"
                + (near.isEmpty() ? "" : "; did you mean " + String.join(", ", near) + "?"));
    }

    /** {@return the known names that come nearest to a misspelt one, best first, at most three; empty if none is near} */
    public List<String> nearest(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        int tolerated = Math.max(1, wanted.length() / 3);
        record Candidate(String name, int distance) {}
        return numbers.keySet().stream()
                .map(known -> new Candidate(known, distance(wanted, known)))
                .filter(candidate -> candidate.distance() <= tolerated)
                .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
                .limit(SUGGESTIONS)
                .map(Candidate::name)
                .toList();
    }

    /** Levenshtein's distance, in which two neighbours exchanged count as one edit. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            cost[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            cost[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                cost[i][j] =
                        Math.min(Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + (same ? 0 : 1));
                boolean exchanged =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (exchanged) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }

    private static Map<Architecture, Syscalls> read() {
        NavigableMap<String, Integer> x86 = new TreeMap<>();
        NavigableMap<String, Integer> arm = new TreeMap<>();
        Set<String> everywhere = new TreeSet<>();
        for (String line : lines("syscalls.txt")) {
            String[] column = line.split(" ", -1);
            everywhere.add(column[0]);
            putNumber(x86, column[0], column[1]);
            putNumber(arm, column[0], column[2]);
        }
        return Map.of(
                Architecture.X86_64, new Syscalls(Architecture.X86_64, x86, everywhere),
                Architecture.AARCH64, new Syscalls(Architecture.AARCH64, arm, everywhere));
    }

    private static void putNumber(Map<String, Integer> numbers, String name, String number) {
        if (!number.equals("-")) {
            numbers.put(name, Integer.valueOf(number));
        }
    }

    static List<String> lines(String resource) {
        try (InputStream in = Objects.requireNonNull(Syscalls.class.getResourceAsStream(resource));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
