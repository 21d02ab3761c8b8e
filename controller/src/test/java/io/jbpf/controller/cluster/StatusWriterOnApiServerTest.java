package io.jbpf.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.crd.CrdManifest;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a real API server makes of the status that is written. */
@RealApiServer
class StatusWriterOnApiServerTest {
    private final RealKubernetes kubernetes;
    private KubernetesClient client;
    private KubernetesClient controllerClient;

    StatusWriterOnApiServerTest(KubeApiServer server) {
        kubernetes = RealKubernetes.on(server);
    }

    @BeforeEach
    void define() {
        kubernetes.define(CrdManifest.file());
        client = kubernetes.client();
        controllerClient = kubernetes.controllerClient();
    }

    @AfterEach
    void close() {
        controllerClient.close();
        client.close();
        kubernetes.close();
    }

    @Test
    void aConditionThatIsOverGoesAlsoAfterTheConfigWasReplaced() {
        StatusWriter writer = new StatusWriter(controllerClient, () -> true, Clock.systemUTC());
        client.resource(config("one")).create();

        write(writer, "Ready", "ProbePortBlocked");
        assertThat(types(writer)).containsExactly("Ready", "ProbePortBlocked");
        client.resource(config("two")).update();
        write(writer, "Ready");

        assertThat(types(writer)).containsExactly("Ready");
        write(writer, "Ready", "PortsOverlap");
        assertThat(types(writer)).containsExactly("Ready", "PortsOverlap");
    }

    private static GenericKubernetesResource config(String app) {
        return Serialization.unmarshal("""
                apiVersion: podconfig.example.com/v1alpha1
                kind: PodConfigMapConfig
                metadata: {name: c, namespace: default}
                spec: {podSelector: {matchLabels: {app: %s}}}
                """.formatted(app), GenericKubernetesResource.class);
    }

    private GenericKubernetesResource stored() {
        return client.resource(config("any")).get();
    }

    private void write(StatusWriter writer, String... types) {
        List<Condition> conditions = Stream.of(types)
                .map(type -> new ConditionBuilder()
                        .withType(type)
                        .withStatus("True")
                        .withReason("Tested")
                        .withMessage("It is a test.")
                        .build())
                .toList();
        assertThat(writer.write(writer.change(stored(), new PodConfigMapConfigStatus(1L, 0, 0, conditions))
                        .orElseThrow()))
                .isTrue();
    }

    private List<String> types(StatusWriter writer) {
        return writer.conditions(stored()).stream().map(Condition::getType).toList();
    }
}
