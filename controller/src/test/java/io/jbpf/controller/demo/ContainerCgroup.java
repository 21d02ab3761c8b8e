package io.jbpf.controller.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The cgroup of a container as a kubelet with the cgroupfs driver makes it, below a root of the demonstration's own (as
 * with {@code --cgroup-root}), so that nobody else's directories are touched.
 */
public final class ContainerCgroup implements AutoCloseable {
    private static final int CONTAINER_ID_BYTES = 32;
    private static final Duration EMPTY = Duration.ofSeconds(5);

    /** The container's first, the root last. */
    private final List<Path> directories;

    private ContainerCgroup(List<Path> directories) {
        this.directories = directories;
    }

    /**
     * Makes one.
     *
     * @param root the root to make it in, which must not be there yet
     * @param podUid the UID of the pod
     */
    public static ContainerCgroup create(Path root, String podUid) throws IOException {
        byte[] id = new byte[CONTAINER_ID_BYTES];
        RandomGenerator.getDefault().nextBytes(id);
        Path kubepods = root.resolve("kubepods");
        Path besteffort = kubepods.resolve("besteffort");
        Path pod = besteffort.resolve("pod" + podUid);
        Path container = pod.resolve(HexFormat.of().formatHex(id));
        ContainerCgroup cgroup = new ContainerCgroup(List.of(container, pod, besteffort, kubepods, root));
        try {
            Files.createDirectory(root);
            Files.createDirectories(container);
            return cgroup;
        } catch (IOException e) {
            cgroup.close();
            throw e;
        }
    }

    /** {@return the pod's directory, the parent of the container's} */
    public Path pod() {
        return directories.get(1);
    }

    /** {@return the root it is in} */
    public Path root() {
        return directories.get(directories.size() - 1);
    }

    /** Moves a process into it, with all its threads. */
    public void add(long pid) throws IOException {
        Files.writeString(directories.get(0).resolve("cgroup.procs"), Long.toString(pid));
    }

    /** Removes it, when the last process in it has ended. */
    @Override
    public void close() throws IOException {
        if (!Deadline.in(EMPTY).waitUntil(this::removed)) {
            throw new IOException("there are still processes in " + directories.get(0));
        }
    }

    private boolean removed() {
        try {
            for (Path each : directories) {
                Files.deleteIfExists(each);
            }
            return true;
        } catch (IOException e) {
            // EBUSY: a process that was told to end has not quite ended.
            return false;
        }
    }
}
