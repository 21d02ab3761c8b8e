package io.jbpf.controller.node;

import io.jbpf.controller.node.CgroupMount.Hierarchy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cgroup hierarchies of this machine, from {@code /proc/self/mountinfo}: proc_pid_mountinfo(5). In a container there
 * are often two of each, its runtime's, which shows its own cgroup, and the node's, mounted for us.
 */
public final class CgroupMounts {
    private final List<Mount> mounts;

    private CgroupMounts(List<Mount> mounts) {
        this.mounts = mounts;
    }

    private record Mount(int id, int parent, String root, Path point, String type, List<String> options) {
        /** Whether it begins above, or at, the top of what this process's cgroup namespace shows: cgroup_namespaces(7). */
        int width() {
            if (root.startsWith("/..")) {
                return 0;
            }
            return root.equals("/") ? 1 : 2;
        }

        Optional<Hierarchy> hierarchy() {
            if (type.equals("cgroup2")) {
                return Optional.of(Hierarchy.V2);
            }
            if (type.equals("cgroup") && options.contains("memory")) {
                return Optional.of(Hierarchy.V1_MEMORY);
            }
            return type.equals("cgroup") && options.contains("pids")
                    ? Optional.of(Hierarchy.V1_PIDS)
                    : Optional.empty();
        }
    }

    /**
     * Reads the mounts.
     *
     * @param mountinfo the file
     * @throws UncheckedIOException if it cannot be read
     */
    public static CgroupMounts read(Path mountinfo) {
        List<Mount> mounts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(mountinfo)) {
                // "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755"
                String[] halves = line.split(" - ", 2);
                String[] before = halves[0].split(" ", -1);
                String[] after = halves.length < 2 ? new String[0] : halves[1].split(" ", -1);
                if (before.length >= 5 && after.length >= 3) {
                    mounts.add(new Mount(
                            Integer.parseInt(before[0]),
                            Integer.parseInt(before[1]),
                            plain(before[3]),
                            Path.of(plain(before[4])),
                            after[0],
                            List.of(after[2].split(",", -1))));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the mounts cannot be read from " + mountinfo, e);
        } catch (NumberFormatException e) {
            throw new UncheckedIOException(new IOException(mountinfo + " is not a list of mounts", e));
        }
        return new CgroupMounts(mounts);
    }

    private static String plain(String escaped) {
        return escaped.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }

    /**
     * Every hierarchy that pods can be looked for in.
     *
     * @return the preferred first; of two views of one hierarchy the one that shows more
     * @throws IllegalStateException if there is none; the message says what to do
     */
    public List<CgroupMount> all() {
        List<CgroupMount> found = hierarchies(mounts.stream().filter(this::isVisible));
        if (found.isEmpty()) {
            throw new IllegalStateException(
                    "No cgroup hierarchy with pods can be mounted here: neither version 2 nor one of"
                            + " version 1 with the memory or the pids controller is. Mount the node's /sys/fs/cgroup, and set"
                            + " CGROUP_ROOT if it is elsewhere.");
        }
        return found;
    }

    /**
     * The hierarchies in or below a directory.
     *
     * @param root a directory of a hierarchy, or one that hierarchies are mounted below
     * @return the preferred first
     * @throws IllegalStateException if there is none; the message says what to do
     */
    public List<CgroupMount> below(Path root) {
        Path real;
        try {
            real = root.toRealPath();
        } catch (IOException e) {
            throw new IllegalStateException("CGROUP_ROOT: the directory \"" + root + "\" is not there.", e);
        }
        Optional<Hierarchy> around = at(real).flatMap(Mount::hierarchy);
        if (around.isPresent()) {
            return List.of(new CgroupMount(root, around.get()));
        }
        List<CgroupMount> found =
                hierarchies(mounts.stream().filter(mount -> mount.point.startsWith(real) && isVisible(mount)));
        if (found.isEmpty()) {
            throw new IllegalStateException(
                    "CGROUP_ROOT: \"" + root + "\" is neither in a cgroup hierarchy that pods can be"
                            + " told in (version 2, or version 1 with the memory or the pids controller) nor is one mounted below it.");
        }
        return found;
    }

    private static List<CgroupMount> hierarchies(Stream<Mount> from) {
        return from.sorted(Comparator.comparingInt(Mount::width))
                .flatMap(mount -> mount.hierarchy().map(hierarchy -> new CgroupMount(mount.point, hierarchy)).stream())
                .sorted(Comparator.comparing(CgroupMount::hierarchy))
                .toList();
    }

    private boolean isVisible(Mount mount) {
        return at(mount.point).equals(Optional.of(mount));
    }

    /** {@return the mount that a path leads into} As the kernel walks: from the root, at each step into what is mounted next. */
    private Optional<Mount> at(Path path) {
        Set<Integer> ids = mounts.stream().map(Mount::id).collect(Collectors.toSet());
        Optional<Mount> at = next(path, mount -> !ids.contains(mount.parent));
        // No mount is below itself, though a file could say so.
        for (int steps = 0; at.isPresent() && steps < mounts.size(); steps++) {
            Mount here = at.get();
            Optional<Mount> next = next(path, mount -> mount.parent == here.id && mount.id != here.id);
            if (next.isEmpty()) {
                return at;
            }
            at = next;
        }
        return at;
    }

    private Optional<Mount> next(Path path, Predicate<Mount> where) {
        return mounts.stream()
                .filter(where)
                .filter(mount -> path.startsWith(mount.point))
                .min(Comparator.comparingInt(mount -> mount.point.getNameCount()));
    }
}
