package io.jbpf.controller.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods in the cgroup v2 hierarchy. The kubelet gives each pod a directory named by its UID: {@code pod<uid>} with the
 * cgroupfs driver, {@code kubepods…-pod<uid with underscores>.slice} with systemd's. It lies below a directory for the
 * quality of service, or not, and that below a root that operators may choose; so it is looked for, not computed.
 */
public final class PodCgroups {
    private static final Logger LOG = LoggerFactory.getLogger(PodCgroups.class);

    /** kubelet.slice, kubepods.slice, kubepods-burstable.slice, the pod: with room for a custom root. */
    private static final int DEEPEST = 8;

    private final Path root;
    private final Map<String, Path> found = new ConcurrentHashMap<>();

    /**
     * Pods below a root.
     *
     * @param root where the cgroup v2 hierarchy is mounted, or a directory in it
     */
    public PodCgroups(Path root) {
        this.root = root;
    }

    /**
     * Where this machine has mounted its cgroup v2 hierarchy: the only one, or the one beside version 1.
     *
     * @param mounts the mounts as in {@code /proc/self/mounts}, proc(5)
     * @return the first mount point of type cgroup2, if there is one
     * @throws UncheckedIOException if the file cannot be read
     */
    public static Optional<Path> mounted(Path mounts) {
        try {
            for (String line : Files.readAllLines(mounts)) {
                String[] fields = line.split(" ", -1);
                if (fields.length > 2 && fields[2].equals("cgroup2")) {
                    return Optional.of(Path.of(fields[1].replace("\\040", " ")));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("the mounts cannot be read from " + mounts, e);
        }
    }

    /**
     * The directory of a pod.
     *
     * @param uid the pod's UID
     * @return its directory; empty if there is none (yet)
     */
    public Optional<Path> directory(String uid) {
        String plain = "pod" + uid.toLowerCase(Locale.ROOT);
        String slice = "pod" + uid.toLowerCase(Locale.ROOT).replace('-', '_') + ".slice";
        Path known = found.get(uid);
        if (known != null && Files.isDirectory(known)) {
            return Optional.of(known);
        }
        Optional<Path> directory = search(root, plain, slice, 0);
        if (directory.isPresent()) {
            found.put(uid, directory.get());
        } else {
            found.remove(uid);
        }
        return directory;
    }

    private static Optional<Path> search(Path directory, String plain, String slice, int depth) {
        for (Path child : directories(directory)) {
            String name = name(child);
            if (name.equals(plain) || name.equals(slice) || name.endsWith("-" + slice)) {
                return Optional.of(child);
            }
            // Containers lie below pods, never pods below pods.
            if (depth < DEEPEST && !isPod(name)) {
                Optional<Path> below = search(child, plain, slice, depth + 1);
                if (below.isPresent()) {
                    return below;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isPod(String name) {
        return name.matches("pod[0-9a-f]{8}-.*|(.*-)?pod[0-9a-f]{8}_.*\\.slice");
    }

    /**
     * The processes in a cgroup and all below it. They may have ended since.
     *
     * @param cgroup the directory
     * @return their ids as this process's {@code /proc} shows them
     */
    public List<Integer> processes(Path cgroup) {
        List<Integer> processes = new ArrayList<>();
        collect(cgroup, processes);
        return processes;
    }

    private static void collect(Path cgroup, List<Integer> processes) {
        try {
            for (String line : Files.readAllLines(cgroup.resolve("cgroup.procs"))) {
                int pid = Integer.parseInt(line.strip());
                // 0 stands for a process of another pid namespace, which /proc does not show either.
                if (pid > 0) {
                    processes.add(pid);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // The directory went, or lists none itself (EOPNOTSUPP in a threaded one); what is below it still may.
            LOG.debug("The processes of {} are not listed: {}", cgroup, e.getMessage());
        }
        directories(cgroup).forEach(child -> collect(child, processes));
    }

    private static List<Path> directories(Path parent) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent)) {
            for (Path child : stream) {
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    children.add(child);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | DirectoryIteratorException e) {
            // Gone while it was read, or not ours to read: what can be seen is what can be found.
            return children;
        }
        return children;
    }

    private static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
