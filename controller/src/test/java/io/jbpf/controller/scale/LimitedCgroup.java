package io.jbpf.controller.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A cgroup with a container's limits, in the hierarchies of version 1: what {@code memory.current} is in version 2 is here
 * {@code memory.usage_in_bytes}, kernel memory included, as it is charged to the same counter.
 */
final class LimitedCgroup implements AutoCloseable {
    private static final int PERIOD_MICROS = 100_000;

    private final Path memory;
    private final Path cpu;
    private final Path cpuacct;

    private LimitedCgroup(Path memory, Path cpu, Path cpuacct) {
        this.memory = memory;
        this.cpu = cpu;
        this.cpuacct = cpuacct;
    }

    /**
     * Makes one below this process's own.
     *
     * @param memoryBytes how much memory it may have
     * @throws IllegalStateException if this machine's memory controller is not one of version 1
     */
    static LimitedCgroup create(String name, long memoryBytes) throws IOException {
        LimitedCgroup cgroup = new LimitedCgroup(
                Files.createDirectory(own("memory").resolve(name)),
                Files.createDirectory(own("cpu").resolve(name)),
                Files.createDirectory(own("cpuacct").resolve(name)));
        Files.writeString(cgroup.memory.resolve("memory.limit_in_bytes"), Long.toString(memoryBytes));
        return cgroup;
    }

    /** {@return the directory of this process in the hierarchy of a controller} */
    static Path own(String controller) throws IOException {
        String path = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                .map(line -> line.split(":", 3))
                .filter(fields -> List.of(fields[1].split(",", -1)).contains(controller))
                .map(fields -> fields[2])
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this machine has no " + controller
                        + " controller of cgroup version 1, which the controller is limited and measured by here"));
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" ", -1))
                    .filter(fields -> fields[2].equals("cgroup")
                            && List.of(fields[3].split(",", -1)).contains(controller))
                    .map(fields -> Path.of(fields[1] + path))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Allows so many thousandths of a processor; all there is if it is 0. */
    void limitCpu(int thousandths) throws IOException {
        Files.writeString(cpu.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD_MICROS));
        Files.writeString(
                cpu.resolve("cpu.cfs_quota_us"),
                Integer.toString(thousandths == 0 ? -1 : PERIOD_MICROS / 1000 * thousandths));
    }

    /** {@return a shell's commands that move the shell in} */
    String entering() {
        return Stream.of(memory, cpu, cpuacct)
                .map(each -> "echo $$ >" + each.resolve("cgroup.procs") + " && ")
                .reduce("", String::concat);
    }

    /** {@return what its processes have had of processors so far, in nanoseconds} */
    long cpuNanos() throws IOException {
        return number(cpuacct.resolve("cpuacct.usage"));
    }

    /** {@return the memory it has, in bytes: of its processes, of the kernel for it, and of files that it has read} */
    long memoryBytes() throws IOException {
        return number(memory.resolve("memory.usage_in_bytes"));
    }

    /** {@return the most it has had} */
    long mostMemoryBytes() throws IOException {
        return number(memory.resolve("memory.max_usage_in_bytes"));
    }

    /** {@return what of it is the kernel's, as maps and programs are} */
    long kernelBytes() throws IOException {
        return number(memory.resolve("memory.kmem.usage_in_bytes"));
    }

    /** {@return how much of it is what, by the kernel's words, in bytes} */
    Map<String, Long> memoryByKind() throws IOException {
        Map<String, Long> kinds = new TreeMap<>();
        for (String line : Files.readAllLines(memory.resolve("memory.stat"))) {
            String[] words = line.split(" ", -1);
            kinds.put(words[0], Long.parseLong(words[1]));
        }
        return kinds;
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    @Override
    public void close() {
        for (Path directory : List.of(memory, cpu, cpuacct)) {
            Waiting.until(() -> {
                try {
                    Files.delete(directory);
                    return true;
                } catch (IOException e) {
                    return !Files.exists(directory);
                }
            });
        }
    }
}
