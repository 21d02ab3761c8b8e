package io.jbpf.controller.node;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A cgroup in a pod's: a container, of whatever kind, or the sandbox (pause).
 *
 * @param id what the runtime calls it, as behind the {@code ://} of a {@code containerID} in the pod's status; the directory's
 *     name if that is none of containerd's, CRI-O's or Docker's
 * @param directory its cgroup
 */
public record PodContainer(String id, Path directory) {
    /** {@code <id>} of the cgroupfs driver; {@code cri-containerd-<id>.scope} and the like of systemd's; {@code crio-<id>}. */
    private static final Pattern NAME = Pattern.compile("(?:[a-z][a-z-]*-)?([0-9a-f]{64})(?:\\.scope)?");

    static PodContainer of(Path directory) {
        String name = CgroupDirectories.name(directory);
        Matcher matcher = NAME.matcher(name);
        return new PodContainer(matcher.matches() ? matcher.group(1) : name, directory);
    }
}
