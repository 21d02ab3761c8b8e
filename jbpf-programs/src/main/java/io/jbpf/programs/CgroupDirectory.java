package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A directory of a cgroup hierarchy. Its inode number is the cgroup's id in the kernel.
 *
 * @param path where it is
 * @param hierarchy which hierarchy it is in
 * @param id the cgroup's id there
 */
record CgroupDirectory(Path path, CgroupHierarchy hierarchy, long id) {
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

    // Fields of a line of mountinfo behind its dash: proc_pid_mountinfo(5).
    private static final int TYPE = 0;
    private static final int SUPER_OPTIONS = 2;
    // And before it.
    private static final int MOUNT_POINT = 4;

    /**
     * Looks a directory up.
     *
     * @throws IllegalArgumentException if it is not one of a hierarchy whose cgroups can be told
     */
    static CgroupDirectory of(Path path) {
        try {
            Path real = path.toRealPath();
            String type = Files.getFileStore(real).type();
            if (!type.equals("cgroup2") && !type.equals("cgroup")) {
                throw new IllegalArgumentException(path + " is not a cgroup: it is in a file system of type " + type);
            }
            if (!Files.isDirectory(real)) {
                throw new IllegalArgumentException(path + " is a file in a cgroup; name the directory");
            }
            CgroupHierarchy hierarchy = type.equals("cgroup2") ? CgroupHierarchy.V2 : v1(real);
            return new CgroupDirectory(real, hierarchy, inode(real));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no cgroup " + path, e);
        } catch (IOException e) {
            throw new BpfException("cannot look at cgroup " + path + ": " + e, e);
        }
    }

    private static CgroupHierarchy v1(Path directory) throws IOException {
        List<String> controllers = controllers(directory);
        if (controllers.contains("memory")) {
            return CgroupHierarchy.MEMORY;
        }
        if (controllers.contains("pids")) {
            return CgroupHierarchy.PIDS;
        }
        throw new IllegalArgumentException(directory + " is in a cgroup v1 hierarchy without the memory or the pids"
                + " controller; name the directory of the same processes in one of these (/proc/PID/cgroup shows it)"
                + " or, where there is one, in the v2 hierarchy");
    }

    /** The mount with the longest path above the directory is the one it is in. */
    private static List<String> controllers(Path directory) throws IOException {
        Path found = Path.of("/");
        List<String> controllers = List.of();
        for (String line : Files.readAllLines(MOUNTS)) {
            String[] halves = line.split(" - ", 2);
            Path mount = Path.of(halves[0].split(" ", -1)[MOUNT_POINT].replace("\\040", " "));
            String[] filesystem = halves[1].split(" ", -1);
            if (filesystem[TYPE].equals("cgroup")
                    && directory.startsWith(mount)
                    && mount.getNameCount() >= found.getNameCount()) {
                found = mount;
                controllers = List.of(filesystem[SUPER_OPTIONS].split(",", -1));
            }
        }
        return controllers;
    }

    /** {@return the cgroup's name in the program's maps} */
    long key() {
        return hierarchy.key(id);
    }

    /** {@return whether the directory is still there and still the same one} */
    boolean exists() {
        return idOf(path).equals(OptionalLong.of(id));
    }

    /**
     * Walks over the directory and all below it, parents first. What goes away meanwhile is passed over.
     *
     * @param visitor gets each; answers whether to go into it
     */
    void walk(Predicate<CgroupDirectory> visitor) {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    OptionalLong id = idOf(directory);
                    return id.isPresent() && visitor.test(new CgroupDirectory(directory, hierarchy, id.getAsLong()))
                            ? FileVisitResult.CONTINUE
                            : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new BpfException("cannot walk over cgroup " + path + ": " + e, e);
        }
    }

    private static OptionalLong idOf(Path directory) {
        try {
            return OptionalLong.of(inode(directory));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** The inode number is the id since Linux 5.5; before, it is its lower half, and the upper half is a generation. */
    private static long inode(Path directory) throws IOException {
        return (Long) Files.getAttribute(directory, "unix:ino");
    }
}
