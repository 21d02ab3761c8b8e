package io.jbpf.controller.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.RequiresTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded API as the people who watch the demo use it. */
@RequiresTool("kubectl")
class KubectlTest {
    @TempDir
    private Path directory;

    private EmbeddedKubernetes kubernetes;
    private Path kubeconfig;

    @BeforeEach
    void start() {
        kubernetes = EmbeddedKubernetes.start();
        kubeconfig = kubernetes.writeKubeconfig(directory.resolve("kubeconfig"));
        assertThat(kubectl("apply", "-f", "../deploy/crd.yaml")).endsWith("created\n");
    }

    @AfterEach
    void stop() {
        kubernetes.close();
    }

    @Test
    void appliesListsAndDeletesTheExample() {
        assertThat(kubectl("apply", "-f", "../deploy/example.yaml")).endsWith("created\n");
        assertThat(kubectl("apply", "-f", "../deploy/example.yaml")).endsWith("unchanged\n");
        assertThat(kubectl("get", "pods,pcmc,cm", "-o", "name"))
                .isEqualTo("podconfigmapconfig.podconfig.example.com/example-ebpf-config\n");
        kubectl("delete", "-f", "../deploy/example.yaml");
        assertThat(kubectl("get", "pcmc")).contains("No resources found");
    }

    @Test
    void changesABuiltInObjectByApplyingItAgain() throws IOException {
        Path file = directory.resolve("cm.yaml");
        String manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: '1', b: '1'}\n";
        Files.writeString(file, manifest);
        kubectl("apply", "-f", file.toString());
        Files.writeString(file, manifest.replace(", b: '1'", "").replace("'1'", "'2'"));

        assertThat(kubectl("apply", "-f", file.toString())).endsWith("configured\n");
        assertThat(kubectl("get", "cm", "x", "-o", "jsonpath={.data}")).isEqualTo("{\"a\":\"2\"}");
    }

    private String kubectl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig.toString()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(ended).as(text).isTrue();
            assertThat(process.exitValue()).as(text).isZero();
            return text;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
