package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A directory of the cgroup v2 hierarchy: its id is what bpf_get_current_cgroup_id gives for the processes in it. */
record CgroupDirectory(Path path, long id) {

    /**
     * Looks a directory up.
     *
     * @throws IllegalArgumentException if it is not one of a cgroup v2 hierarchy
     */
    static CgroupDirectory of(Path path) {
        try {
            Path real = path.toRealPath();
            String type = Files.getFileStore(real).type();
            if (!type.equals("cgroup2")) {
                throw new IllegalArgumentException(
                        type.equals("cgroup")
                                ? path
                                        + " is in a cgroup v1 hierarchy; processes are found by their cgroup of version 2:"
                                        + " name its directory (/proc/PID/cgroup shows it after '0::')"
                                : path + " is not a cgroup: it is in a file system of type " + type);
            }
            if (!Files.isDirectory(real)) {
                throw new IllegalArgumentException(path + " is a file in a cgroup; name the directory");
            }
            return new CgroupDirectory(real, inode(real));
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no cgroup " + path, e);
        } catch (IOException e) {
            throw new BpfException("cannot look at cgroup " + path + ": " + e, e);
        }
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
                    return id.isPresent() && visitor.test(new CgroupDirectory(directory, id.getAsLong()))
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
