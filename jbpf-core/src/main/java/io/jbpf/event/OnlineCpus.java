package io.jbpf.event;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** The CPUs that run now; with hot-plug, others in a moment. */
final class OnlineCpus {
    private static final Path FILE = Path.of("/sys/devices/system/cpu/online");

    private OnlineCpus() {}

    static SortedSet<Integer> read() {
        try {
            return parse(Files.readString(FILE));
        } catch (IOException | NumberFormatException e) {
            throw new BpfException("cannot read the online CPUs from " + FILE + ": " + e, e);
        }
    }

    /** Reads a list in the kernel's format: {@code 0-3,8}. */
    static SortedSet<Integer> parse(String list) {
        SortedSet<Integer> cpus = new TreeSet<>();
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.split("-", 2);
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
                cpus.add(cpu);
            }
        }
        return Collections.unmodifiableSortedSet(cpus);
    }
}
