package io.jbpf.fs;

import io.jbpf.error.BpfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory in a BPF file system, where {@code BPF_OBJ_PIN} gives kernel objects names that keep them alive beyond the
 * process that made them. Linux 4.4.
 */
public final class BpfFs {
    /** Where everyone expects it. */
    public static final Path DEFAULT_ROOT = Path.of("/sys/fs/bpf");

    // BPF_FS_MAGIC, linux/magic.h
    private static final Mount BPFFS = new Mount("bpf", 0xcafe4a11L);

    private final Path directory;

    private BpfFs(Path directory) {
        this.directory = directory;
    }

    /**
     * A directory that is in a mounted bpffs.
     *
     * @throws BpfException if it is not
     */
    public static BpfFs at(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new BpfException(directory + " is not a directory");
        }
        if (!BPFFS.isAt(directory)) {
            throw new BpfException(directory + " is not in a bpffs" + kind(directory) + "; mount one: mount -t bpf bpf "
                    + DEFAULT_ROOT);
        }
        return new BpfFs(directory);
    }

    /** {@return whether that is a directory in a mounted bpffs} */
    public static boolean isAt(Path directory) {
        return Files.isDirectory(directory) && BPFFS.isAt(directory);
    }

    private static String kind(Path directory) {
        try {
            return " but on a file system of type "
                    + Files.getFileStore(directory).type();
        } catch (IOException e) {
            return "";
        }
    }

    /** The file system at {@link #DEFAULT_ROOT}, mounted if it was not, which needs CAP_SYS_ADMIN. */
    public static BpfFs mounted() {
        if (!Files.isDirectory(DEFAULT_ROOT) || !BPFFS.isAt(DEFAULT_ROOT)) {
            BPFFS.mountAt(DEFAULT_ROOT);
        }
        return at(DEFAULT_ROOT);
    }

    /**
     * A file system of its own, mounted over a directory that is in none yet. Needs CAP_SYS_ADMIN.
     *
     * @param directory made if it is missing; what is in it is hidden as long as the mount is there
     * @throws BpfException if it cannot be made or mounted
     */
    public static BpfFs mountedAt(Path directory) {
        if (!isAt(directory)) {
            BPFFS.mountAt(directory);
        }
        return at(directory);
    }

    /** {@return the directory} */
    public Path directory() {
        return directory;
    }

    /**
     * A directory below this one, made if it is missing.
     *
     * @param name one path element; bpffs allows no dot in it
     * @throws BpfException if it cannot be made
     */
    public BpfFs subdirectory(String name) {
        Path path = directory.resolve(name);
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new BpfException("cannot make " + path + " in the bpffs (names there have no dots): " + e, e);
        }
        return new BpfFs(path);
    }

    /**
     * The path for a pin in this directory.
     *
     * @param name one path element; bpffs allows no dot in it
     */
    public Path pin(String name) {
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.indexOf('.') >= 0) {
            throw new IllegalArgumentException("'" + name + "' cannot name a pin: no dots, no slashes, not empty");
        }
        return directory.resolve(name);
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
