package io.jbpf.controller.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * The cgroup of a container as a kubelet with the cgroupfs driver makes it, below a root of the demonstration's own (as
 * with {@code --cgroup-root}), so that nobody else's directories are touched.
 */
public final class ContainerCgroup implements AutoCloseable {
    private static final int CONTAINER_ID_BYTES = 32;
    private static final Duration EMPTY = Duration.ofSeconds(5);

    /** Those above the container's that are this one's to remove: the pod's first. */
    private final List<Path> above;

    private final Path root;
    private Path container;

    private ContainerCgroup(Path root, Path container, List<Path> above) {
        this.root = root;
        this.container = container;
        this.above = above;
    }

    /**
     * Makes one.
     *
     * @param root the root to make it in, which must not be there yet
     * @param podUid the UID of the pod
     */
    public static ContainerCgroup create(Path root, String podUid) throws IOException {
        Files.createDirectory(root);
        Path pod = pod(root, podUid);
        Path besteffort = Objects.requireNonNull(pod.getParent());
        return create(root, pod, List.of(pod, besteffort, Objects.requireNonNull(besteffort.getParent()), root));
    }

    /**
     * Makes one where there are others.
     *
     * @param root the root to make it in, which stays with the directory of all pods
     * @param podUid the UID of the pod
     */
    public static ContainerCgroup createBelow(Path root, String podUid) throws IOException {
        Path pod = pod(root, podUid);
        return create(root, pod, List.of(pod));
    }

    private static Path pod(Path root, String podUid) {
        return root.resolve("kubepods").resolve("besteffort").resolve("pod" + podUid);
    }

    private static ContainerCgroup create(Path root, Path pod, List<Path> above) throws IOException {
        ContainerCgroup cgroup = new ContainerCgroup(root, container(pod), above);
        try {
            Files.createDirectories(cgroup.container);
            return cgroup;
        } catch (IOException e) {
            cgroup.close();
            throw e;
        }
    }

    private static Path container(Path pod) {
        byte[] id = new byte[CONTAINER_ID_BYTES];
        RandomGenerator.getDefault().nextBytes(id);
        return pod.resolve(HexFormat.of().formatHex(id));
    }

    /** Another container takes the place of this one, whose last process has been told to end. */
    public void replace() throws IOException {
        remove(List.of(container));
        container = Files.createDirectory(container(pod()));
    }

    /** {@return the pod's directory, the parent of the container's} */
    public Path pod() {
        return above.get(0);
    }

    /** {@return the root it is in} */
    public Path root() {
        return root;
    }

    /** Moves a process into it, with all its threads. */
    public void add(long pid) throws IOException {
        Files.writeString(container.resolve("cgroup.procs"), Long.toString(pid));
    }

    /** Removes it, when the last process in it has ended. */
    @Override
    public void close() throws IOException {
        List<Path> all = new ArrayList<>(List.of(container));
        all.addAll(above);
        remove(all);
    }

    private static void remove(List<Path> directories) throws IOException {
        if (!Deadline.in(EMPTY).waitUntil(() -> removed(directories))) {
            throw new IOException("there are still processes in " + directories.get(0));
        }
    }

    private static boolean removed(List<Path> directories) {
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
