package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.node.NodeOnDisk;
import io.jbpf.controller.node.RecordingPrograms;
import io.jbpf.controller.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerStartTest {
    @TempDir
    private Path directory;

    @Test
    void leavesNoThreadWhenThePortOfTheMetricsIsTaken() throws IOException {
        NodeOnDisk node = new NodeOnDisk(directory);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                EmbeddedKubernetes kubernetes = EmbeddedKubernetes.start();
                KubernetesClient client = kubernetes.client();
                RecordingPrograms programs = new RecordingPrograms()) {
            Settings settings = Settings.from(Map.of(
                    "NODE_NAME",
                    "node-1",
                    "POD_NAME",
                    "pod",
                    "POD_NAMESPACE",
                    "default",
                    "METRICS_ADDR",
                    "127.0.0.1:" + taken.getLocalPort(),
                    "CGROUP_ROOT",
                    node.cgroups().toString(),
                    "PROC_ROOT",
                    node.proc().toString()));
            Set<Thread> before = threads();

            assertThatThrownBy(() -> Controller.start(
                            settings,
                            client,
                            programs,
                            new Controller.Surroundings(node.namespaces(), Clock.systemUTC(), Duration.ofMillis(1))))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("set METRICS_ADDR");

            assertThat(threads()).isSubsetOf(before);
        }
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .collect(Collectors.toSet());
    }
}
