package io.jbpf.controller.node;

import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory in a bpffs where all that is ours on this node is pinned:
 *
 * <pre>
 * syscall-counter/                      the counter of all pods
 * counted/NAMESPACE/POD/UID_TARGET/     empty: which of the counter's targets is which pod
 * datapath/                             what all firewalls share
 * filtered/NAMESPACE/POD/SANDBOX/       a firewall; see {@link SandboxIdentity}
 * wanted/                               empty: a process waits for the node lock, which is the lock of the directory
 * </pre>
 *
 * <p>Names in a bpffs have no dots; those of pods have no underscores, which stand for the dots.
 *
 * @param root the directory
 */
record NodeDirectory(Path root) {
    private static final String COUNTER = "syscall-counter";
    private static final String COUNTED = "counted";
    private static final String FILTERED = "filtered";
    private static final String DATAPATH = "datapath";
    private static final String WANTED = "wanted";

    /** What a datapath is called while it is made or removed. */
    private static final String UNFINISHED = "making_";

    /** Below {@code counted} and {@code filtered}: namespace, pod, and what is the pod's. */
    private static final int LEVELS = 3;

    Path counter() {
        return root.resolve(COUNTER);
    }

    /** Where {@link io.jbpf.programs.L4Datapath} puts it. */
    Path datapath() {
        return root.resolve(DATAPATH);
    }

    Path wanted() {
        return root.resolve(WANTED);
    }

    Path counted() {
        return root.resolve(COUNTED);
    }

    Path filtered() {
        return root.resolve(FILTERED);
    }

    /** Why nothing can be pinned here, a part of a sentence; empty if it can. */
    Optional<String> unusableBecause() {
        if (BpfFs.isAt(root) && Files.isWritable(root)) {
            return Optional.empty();
        }
        return Optional.of((BpfFs.isAt(root) ? root + " may not be written to" : root + " is no directory in a bpffs")
                + "; run jbpf-controller prepare-node on the node as root, with the same BPFFS_ROOT");
    }

    /** {@return whether a name in the directory is one of ours} */
    static boolean isOurs(String name) {
        return List.of(COUNTER, COUNTED, FILTERED, DATAPATH, WANTED).contains(name) || name.startsWith(UNFINISHED);
    }

    /** {@return the directory of what is a pod's, below one of ours} */
    static Path of(Path top, PodIdentity pod, String name) {
        return top.resolve(pod.key().namespace())
                .resolve(pod.key().name().replace('.', '_'))
                .resolve(name);
    }

    /** {@return the pod whose directory it is: of that namespace and name} */
    static ObjectKey pod(Path directory) {
        Path pod = Objects.requireNonNull(directory.getParent());
        return new ObjectKey(
                name(Objects.requireNonNull(pod.getParent())), name(pod).replace('_', '.'));
    }

    static String name(Path path) {
        return Optional.ofNullable(path.getFileName()).orElse(path).toString();
    }

    /** {@return what each pod has below one of ours} */
    static List<Path> ofPods(Path top) {
        return below(top, LEVELS);
    }

    /** Makes a directory with all above it. */
    static BpfFs make(Path directory) {
        try {
            return BpfFs.at(Files.createDirectories(directory));
        } catch (IOException e) {
            throw new BpfException("cannot make the directory " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Removes a pod's directory and those above it that are empty then, below one of ours. */
    static void remove(Path top, Path ofPod) {
        Path directory = ofPod;
        while (directory != null && directory.startsWith(top) && !directory.equals(top)) {
            removeIfEmpty(directory);
            directory = directory.getParent();
        }
    }

    /** {@return the directories of firewalls, whole or not} */
    List<BpfFs> firewalls() {
        List<BpfFs> firewalls = new ArrayList<>();
        for (Path directory : ofPods(filtered())) {
            firewalls.add(BpfFs.at(directory));
        }
        return firewalls;
    }

    /** The directories that many levels below one. */
    static List<Path> below(Path top, int levels) {
        List<Path> level = Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS) ? List.of(top) : List.of();
        for (int i = 0; i < levels; i++) {
            List<Path> next = new ArrayList<>();
            for (Path directory : level) {
                for (Path entry : list(directory)) {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        next.add(entry);
                    }
                }
            }
            level = next;
        }
        return level;
    }

    /** {@return what is in a directory; nothing if it is gone. Names with dots in a bpffs are the kernel's own: maps.debug} */
    static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(each -> each.getFileName().toString().indexOf('.') < 0)
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            throw new BpfException("cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Removes the directories below one that are empty, and itself if it is empty then. */
    static void removeEmpty(Path top) {
        for (int levels = LEVELS; levels >= 0; levels--) {
            below(top, levels).forEach(NodeDirectory::removeIfEmpty);
        }
    }

    /** Leaves it if something is in it. */
    static void removeIfEmpty(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            // Somebody else's things are in it.
        } catch (IOException e) {
            throw new BpfException("cannot remove the directory " + directory + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
