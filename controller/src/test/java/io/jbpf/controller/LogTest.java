package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the process says, run as it is run in a pod. */
class LogTest {
    private static final String TOKEN = "a-secret-that-nobody-shall-read";

    @TempDir
    private Path directory;

    private ProcessBuilder controller(Path kubeconfig, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "CONTROLLER_SCOPE", "api",
                "NODE_NAME", "node-1",
                "POD_NAME", "controller-0",
                "POD_NAMESPACE", "default",
                "LEADER_ELECTION_LEASE_DURATION", "2s",
                "LEADER_ELECTION_RENEW_DEADLINE", "1s",
                "LEADER_ELECTION_RETRY_PERIOD", "200ms",
                "METRICS_ADDR", "127.0.0.1:0",
                "LOG_LEVEL", "trace",
                "KUBECONFIG", kubeconfig.toString()));
        environment.putAll(more);
        ProcessBuilder builder = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile());
        builder.environment().putAll(environment);
        return builder;
    }

    private Path kubeconfig(String url) throws IOException {
        return Files.writeString(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: %s}}]
                contexts: [{name: c, context: {cluster: c, user: u, namespace: default}}]
                current-context: c
                users: [{name: u, user: {token: %s}}]
                """.formatted(url, TOKEN));
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs until something was said, then ends it as the kubelet does. */
    private void runUntil(ProcessBuilder builder, List<String> said) throws IOException, InterruptedException {
        Process process = builder.start();
        try {
            Waits.until(() -> said.stream().allMatch(log()::contains));
            process.destroy();
            assertThat(process.waitFor()).isIn(0, 143);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void isJsonLineByLineAndSaysOnceWhatChanges() throws IOException, InterruptedException {
        try (EmbeddedKubernetes kubernetes = EmbeddedKubernetes.start()) {
            kubernetes.define(Path.of("..", "deploy", "crd.yaml"));

            runUntil(
                    controller(kubeconfig(kubernetes.url()), Map.of("LOG_JSON_FORMAT", "true")),
                    List.of("Everything was listed", "This process leads."));

            try (KubernetesClient client = kubernetes.client()) {
                assertThat(client.leases()
                                .inNamespace("default")
                                .withName("podconfigmap-controller")
                                .get()
                                .getSpec()
                                .getHolderIdentity())
                        .as("who holds the Lease after SIGTERM")
                        .isEmpty();
            }
        }

        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = log().lines().toList();
        for (String line : lines) {
            JsonNode event = mapper.readTree(line);
            assertThat(event.path("level").asText()).isNotEmpty();
            assertThat(event.path("formattedMessage").asText()).isNotEmpty();
        }
        for (String once : List.of("Started in scope api", "Everything was listed", "This process leads.", "Ending")) {
            assertThat(lines.stream().filter(line -> line.contains(once)))
                    .as(once)
                    .hasSize(1);
        }
        assertThat(log()).doesNotContain(TOKEN);
    }

    @Test
    void isTextWithoutStackTracesWhileNobodyAnswers() throws IOException, InterruptedException {
        // A port of the loopback interface that nobody listens on, as far as anybody can tell.
        runUntil(
                controller(kubeconfig("http://127.0.0.1:1"), Map.of()),
                List.of(
                        "Started in scope api",
                        "Lease default/podconfigmap-controller is out of reach",
                        // What the client says by itself.
                        "listSyncAndWatch failed for v1/pods, will retry"));

        assertThat(log()).doesNotContain(TOKEN);
        assertThat(log().lines()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+Z [A-Z]+ +\\S+ - .*"));
        assertThat(log().lines().filter(line -> line.contains("listSyncAndWatch")))
                .allMatch(line -> line.endsWith(": java.net.ConnectException"));
        assertThat(log().lines().filter(line -> line.contains("is out of reach")))
                .hasSize(1);
        assertThat(log().lines().findFirst().orElseThrow()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z (INFO |WARN ) .*");
    }

    @Test
    void aKubeconfigThatIsNoneIsNotQuoted() throws IOException, InterruptedException {
        Path broken = Files.writeString(
                directory.resolve("kubeconfig"), "users:\n- token: " + TOKEN + "\n  - : [" + TOKEN + "\n");

        Process process = controller(broken, Map.of()).start();

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(log())
                .contains("KUBECONFIG")
                .contains("is not a kubeconfig file")
                .doesNotContain(TOKEN);
    }
}
