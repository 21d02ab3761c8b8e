package io.jbpf.controller.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node's cgroup and proc file systems as plain files, for tests of what is found in them. */
public final class NodeOnDisk {
    private static final int HOST_NETWORK = 1;

    private final Path cgroups;
    private final Path proc;

    /** A node whose pid 1, and this process, are on network 1. */
    public NodeOnDisk(Path directory) throws IOException {
        cgroups = Files.createDirectory(directory.resolve("cgroup"));
        proc = Files.createDirectory(directory.resolve("proc"));
        process("1", HOST_NETWORK, "eth0");
        process("self", HOST_NETWORK, "eth0");
    }

    public Path cgroups() {
        return cgroups;
    }

    public Path proc() {
        return proc;
    }

    /** A pod of the cgroupfs driver with one process in one container. */
    public void pod(String uid, int process, int network, String... interfaces) throws IOException {
        cgroup("kubepods/burstable/pod" + uid, "");
        cgroup("kubepods/burstable/pod" + uid + "/container", process + "\n");
        process(Integer.toString(process), network, interfaces);
    }

    /** A pod on the node's own network. */
    public void hostNetworkPod(String uid, int process) throws IOException {
        pod(uid, process, HOST_NETWORK, "eth0");
    }

    /** A cgroup directory with its processes, one a line. */
    public void cgroup(String path, String processes) throws IOException {
        Path directory = Files.createDirectories(cgroups.resolve(path));
        Files.writeString(directory.resolve("cgroup.procs"), processes);
    }

    /** A process in a network namespace. */
    public void process(String pid, int network, String... interfaces) throws IOException {
        Path directory = proc.resolve(pid);
        Files.createDirectories(directory.resolve("ns"));
        Files.createDirectories(directory.resolve("net"));
        Files.createSymbolicLink(directory.resolve("ns/net"), Path.of("net:[" + network + "]"));
        StringBuilder lines = new StringBuilder("Inter-|   Receive\n face |bytes\n    lo: 0 0\n");
        for (String name : interfaces) {
            lines.append("  ").append(name).append(": 0 0\n");
        }
        Files.writeString(directory.resolve("net/dev"), lines.toString());
    }
}
