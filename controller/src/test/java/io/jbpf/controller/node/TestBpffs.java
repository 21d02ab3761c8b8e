package io.jbpf.controller.node;

import io.jbpf.fs.BpfFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A bpffs of a test's own, as a node has one: whatever is pinned in it is gone when it is closed. */
public final class TestBpffs implements AutoCloseable {
    private final Path mountPoint;

    private TestBpffs(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    /** {@return one at a place of its own} */
    public static TestBpffs mount() throws IOException {
        Path mountPoint = Files.createTempDirectory("jbpf-bpffs");
        try {
            BpfFs.mountedAt(mountPoint);
            return new TestBpffs(mountPoint);
        } catch (RuntimeException e) {
            Files.delete(mountPoint);
            throw e;
        }
    }

    /** {@return where it is mounted} */
    public Path root() {
        return mountPoint;
    }

    /** {@return a directory in it, which need not be there yet} */
    public Path directory() {
        return mountPoint.resolve("podconfigmap");
    }

    /** {@return all that is below a directory, relative to it, but for what is removed meanwhile} */
    public static List<String> below(Path directory) throws IOException {
        List<String> all = new ArrayList<>();
        addAllBelow(directory, directory, all);
        Collections.sort(all);
        return all;
    }

    private static void addAllBelow(Path top, Path directory, List<String> all) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path each : entries) {
                all.add(top.relativize(each).toString());
                try {
                    if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                        addAllBelow(top, each, all);
                    }
                } catch (NoSuchFileException e) {
                    // Whoever is watched takes things away.
                }
            }
        }
    }

    /** Unmounts what is mounted somewhere, if anything is. */
    static void unmount(Path mountPoint) throws IOException {
        Process process = new ProcessBuilder("umount", "-l", mountPoint.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + mountPoint, e);
        }
    }

    @Override
    public void close() throws IOException {
        unmount(mountPoint);
        Files.delete(mountPoint);
    }
}
