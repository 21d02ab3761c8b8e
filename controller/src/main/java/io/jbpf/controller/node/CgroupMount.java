package io.jbpf.controller.node;

import java.nio.file.Path;

/**
 * A cgroup hierarchy, or a part of one, as this process sees it.
 *
 * @param directory where it is mounted, or the directory in it to look below
 * @param hierarchy which one it is
 */
public record CgroupMount(Path directory, Hierarchy hierarchy) {
    /**
     * The hierarchies by which the syscall counter tells cgroups, the one to be preferred first: where there are any of
     * version 1, as on hybrid nodes, the kubelet puts containers there, and v2 has at most systemd's copy of their slices.
     */
    public enum Hierarchy {
        /** That of version 1 with the memory controller. */
        V1_MEMORY,
        /** That of version 1 with the pids controller. */
        V1_PIDS,
        /** Version 2. */
        V2
    }
}
