package io.jbpf.controller.failover;

import io.jbpf.controller.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The node that replicas see to: a bpffs directory and a cgroup root of its own.
 *
 * @param name NODE_NAME
 * @param namespace POD_NAMESPACE
 * @param bpffs BPFFS_ROOT
 * @param cgroups CGROUP_ROOT
 */
record ReplicaNode(String name, String namespace, Path bpffs, Path cgroups) {
    /** {@return what every replica on it is told, to be added to} */
    Map<String, String> environment() {
        return new HashMap<>(Map.of(
                "CONTROLLER_SCOPE",
                "cluster",
                "NODE_NAME",
                name,
                "POD_NAMESPACE",
                namespace,
                "METRICS_ADDR",
                "127.0.0.1:0",
                "BPFFS_ROOT",
                bpffs.toString(),
                "CGROUP_ROOT",
                cgroups.toString()));
    }

    /** Takes all that is ours off it, as deploy/uninstall.yaml does. */
    void uninstall(Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "uninstall")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment());
        int status;
        try {
            status = builder.start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (status != 0) {
            throw new IOException("uninstall ended with " + status + ": " + Files.readString(log));
        }
        Files.deleteIfExists(bpffs);
    }
}
