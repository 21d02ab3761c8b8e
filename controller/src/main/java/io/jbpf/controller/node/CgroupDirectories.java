package io.jbpf.controller.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at directories of a cgroup hierarchy. What goes away meanwhile was not there, which is never an error. */
final class CgroupDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(CgroupDirectories.class);

    /**
     * What files of the kernel begin with; there are dozens of them in a directory, and to look at each takes longer than all
     * else. systemd puts an underscore before what would be called so: sd_cg_needs_escape.
     */
    private static final Set<String> CONTROLLERS = Set.of(
            "blkio",
            "cgroup",
            "cpu",
            "cpuacct",
            "cpuset",
            "devices",
            "dmem",
            "freezer",
            "hugetlb",
            "io",
            "irq",
            "memory",
            "misc",
            "net_cls",
            "net_prio",
            "perf_event",
            "pids",
            "rdma");

    private static final Set<String> FILES = Set.of("tasks", "notify_on_release", "release_agent");

    private CgroupDirectories() {}

    static String name(Path path) {
        return Objects.toString(path.getFileName(), "");
    }

    /**
     * The directories in one.
     *
     * @param most how many to look at; where there are more, somebody plays with us
     */
    static List<Path> children(Path parent, int most) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent, entry -> !isFile(name(entry)))) {
            for (Path child : stream) {
                if (children.size() == most) {
                    break;
                }
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    children.add(child);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Gone, perhaps while it was read, or not ours to read: what can be seen is what can be found.
            LOG.debug("{} is not all listed: {}", parent, e.toString());
        }
        return children;
    }

    private static boolean isFile(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? FILES.contains(name) : CONTROLLERS.contains(name.substring(0, dot));
    }

    /** {@return the user who owns a directory; nothing if there is no directory} */
    static Optional<Integer> owner(Path directory) {
        try {
            Map<String, Object> attributes =
                    Files.readAttributes(directory, "unix:uid,isDirectory", LinkOption.NOFOLLOW_LINKS);
            return Boolean.TRUE.equals(attributes.get("isDirectory"))
                    ? Optional.ofNullable((Integer) attributes.get("uid"))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** {@return the lines of a file, at most so many; none if there is no such file} */
    static List<String> lines(Path file, int most) {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null && lines.size() < most; line = reader.readLine()) {
                lines.add(line.strip());
            }
        } catch (IOException e) {
            // Gone, or EOPNOTSUPP: a threaded cgroup lists no processes, the domain above it does (cgroup-v2.rst).
            LOG.debug("{} is not all read: {}", file, e.toString());
        }
        return lines;
    }
}
