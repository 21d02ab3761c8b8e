package io.jbpf.controller.node;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The cgroup of a pod, which all its containers' are below. It is what the syscall counter watches.
 *
 * @param directory where it is
 * @param hierarchy in which hierarchy; the pod has a cgroup in each, the kubelet's own is this one
 */
public record PodCgroup(Path directory, CgroupMount.Hierarchy hierarchy) {
    /** A pod's containers can make cgroups themselves, as many as they like. */
    private static final int MOST_DIRECTORIES = 256;

    private static final int MOST_PROCESSES = 1024;

    /**
     * Processes of a pod. They may have ended since.
     *
     * @param ids as the node's {@code /proc} shows them
     * @param hidden whether there are others, of a pid namespace that this process does not see
     */
    public record Processes(List<Integer> ids, boolean hidden) {
        /** Keeps a copy. */
        public Processes {
            ids = List.copyOf(ids);
        }
    }

    /** {@return its containers and its sandbox, in no order} */
    public List<PodContainer> containers() {
        return CgroupDirectories.children(directory, MOST_DIRECTORIES).stream()
                .filter(child -> !PodCgroupNames.isMonitor(CgroupDirectories.name(child)))
                .map(PodContainer::of)
                .toList();
    }

    /** {@return the processes in it and in all below it: up to a thousand, of each cgroup those that it lists first} */
    public Processes processes() {
        return processesBelow(directory);
    }

    static Processes processesBelow(Path directory) {
        List<Integer> ids = new ArrayList<>();
        boolean hidden = false;
        Deque<Path> next = new ArrayDeque<>(List.of(directory));
        for (int seen = 0; seen < MOST_DIRECTORIES && !next.isEmpty() && ids.size() < MOST_PROCESSES; seen++) {
            Path cgroup = next.remove();
            for (String line : CgroupDirectories.lines(cgroup.resolve("cgroup.procs"), MOST_PROCESSES - ids.size())) {
                // 0 stands for a process of another pid namespace, which /proc does not show either.
                if (line.equals("0")) {
                    hidden = true;
                } else if (line.matches("[1-9][0-9]{0,8}")) {
                    ids.add(Integer.parseInt(line));
                }
            }
            CgroupDirectories.children(cgroup, MOST_DIRECTORIES).stream()
                    .filter(child -> !PodCgroupNames.isMonitor(CgroupDirectories.name(child)))
                    .forEach(next::add);
        }
        return new Processes(ids, hidden);
    }

    /** {@return whether there is a process in a cgroup or below it} */
    static boolean isPopulated(Path directory) {
        Processes processes = processesBelow(directory);
        return processes.hidden() || !processes.ids().isEmpty();
    }
}
