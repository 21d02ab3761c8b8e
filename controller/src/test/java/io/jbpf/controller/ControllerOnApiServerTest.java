package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The same against a real API server, with the rights of deploy/rbac.yaml. */
@RealApiServer
class ControllerOnApiServerTest extends ControllerTest {
    private static final int UNPROCESSABLE = 422;

    private final KubeApiServer server;

    ControllerOnApiServerTest(KubeApiServer server) {
        this.server = server;
    }

    @Override
    TestKubernetes startKubernetes() {
        return RealKubernetes.on(server);
    }

    /** Here the schema refuses what makes no sense before the controller sees it. */
    @Override
    @Test
    void aConfigThatMakesNoSenseIsToldSoAndTheOthersGoOn() {
        assertRefused("ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [70000]}}");
        assertRefused("ebpfConfig: [not, even, an, object]");
    }

    @Override
    @Test
    void aConfigEditedIntoNonsenseStaysInForceAsItWas() {
        assertRefused("ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22, 0]}}");
    }

    /** The server lets nobody write the status of an object that it would not let in today, so nothing can be said there. */
    @Test
    void aConfigThatIsOlderThanTheSchemaIsNotEnforcedAndTheOthersGoOn() throws IOException {
        Path definition = Path.of("..", "deploy", "crd.yaml");
        Path unchecked = directory.resolve("unchecked.yaml");
        Files.writeString(
                unchecked,
                Files.readString(definition)
                        .replaceAll(
                                "(?s)openAPIV3Schema:.*    served: true",
                                "openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}\n"
                                        + "    served: true"));
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        kubernetes.define(unchecked);
        try {
            Waits.until(() -> !refused("bad", "ebpfConfig: [not, even, an, object]"));
        } finally {
            kubernetes.define(definition);
        }
        Waits.until(() -> refused("another", "ebpfConfig: [not, even, an, object]"));
        config("good", EBPF);

        awaitAttached("good");
        assertThat(configMap("pod-web-1-from-bad-cfg")).isEmpty();
        replace("bad", EBPF);
        awaitAttached("bad");
    }

    private boolean refused(String name, String spec) {
        try {
            config(name, spec);
            return false;
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(UNPROCESSABLE);
            return true;
        }
    }

    @Test
    void keepsWhatIsAttachedWhileTheApiServerIsAwayAndGoesOnAfterwards() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitAttached("c");

        server.interrupt();
        try {
            assertThat(programs.attached(identity(pod))).hasSize(2);
        } finally {
            server.resume();
        }

        assertThat(programs.attached(identity(pod))).hasSize(2);
        replace("c", EBPF.replace("[22]", "[22, 23]"));
        Waits.until(() -> programs.filtered(identity(pod))
                .filter(filter -> filter.rules().blocked().contains(23))
                .isPresent());
    }

    private void assertRefused(String spec) {
        assertThatThrownBy(() -> configs().resource(resource("bad", spec)).create())
                .isInstanceOfSatisfying(KubernetesClientException.class, refusal -> assertThat(refusal.getCode())
                        .isEqualTo(UNPROCESSABLE));
    }
}
