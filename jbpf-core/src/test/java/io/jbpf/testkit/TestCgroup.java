package io.jbpf.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A cgroup directory of the test's own, in the v2 hierarchy if nothing else is said. On close the processes still in it are
 * moved to the root, and it and all below it is removed.
 */
public final class TestCgroup implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Path root;
    private final Path path;

    private TestCgroup(Path root, Path path) {
        this.root = root;
        this.path = path;
    }

    /** {@return a new cgroup below the root of the v2 hierarchy, be it the only one or beside v1} */
    public static TestCgroup create() {
        return createBelow(root());
    }

    private static TestCgroup createBelow(Path root) {
        Path path = root.resolve("jbpf-test-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
        try {
            Files.createDirectory(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TestCgroup(root, path);
    }

    /** {@return a new cgroup in the v1 hierarchy of a controller, if there is one} */
    public static Optional<TestCgroup> createV1(String controller) {
        return mount(fields -> fields.get(2).equals("cgroup")
                        && List.of(fields.get(3).split(",", -1)).contains(controller))
                .map(TestCgroup::createBelow);
    }

    /** {@return where cgroup v2 is mounted} */
    public static Path root() {
        return mount(fields -> fields.get(2).equals("cgroup2"))
                .orElseThrow(() -> new IllegalStateException("no cgroup v2 is mounted"));
    }

    /** Fields as in fstab(5). */
    private static Optional<Path> mount(Predicate<List<String>> wanted) {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> List.of(line.split(" ", -1)))
                    .filter(wanted)
                    .map(fields -> Path.of(fields.get(1)))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the v2 cgroup that this process is in} */
    public static Path own() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/cgroup"))) {
            return lines.filter(line -> line.startsWith("0::"))
                    .map(line -> root().resolve(line.substring("0::/".length())))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no cgroup v2"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the directory} */
    public Path path() {
        return path;
    }

    /** {@return a new directory below this one} */
    public Path child(String name) throws IOException {
        return Files.createDirectory(path.resolve(name));
    }

    /** Moves a process into it. */
    public void add(long pid) throws IOException {
        Files.writeString(path.resolve("cgroup.procs"), Long.toString(pid));
    }

    @Override
    public void close() throws IOException {
        List<Path> directories;
        try (Stream<Path> below = Files.walk(path)) {
            directories = below.filter(Files::isDirectory)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path directory : directories) {
            for (String pid : Files.readAllLines(directory.resolve("cgroup.procs"))) {
                evict(pid);
            }
            Files.delete(directory);
        }
    }

    private void evict(String pid) throws IOException {
        try {
            Files.writeString(root.resolve("cgroup.procs"), pid);
        } catch (IOException e) {
            // ESRCH: the process ended between the reading and the writing, which is as good.
            if (Files.exists(Path.of("/proc", pid))) {
                throw e;
            }
        }
    }
}
