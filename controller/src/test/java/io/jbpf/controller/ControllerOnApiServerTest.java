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

    @Test
    void keepsWhatIsAttachedWhileTheApiServerIsAwayAndGoesOnAfterwards() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitCondition("c", "EbpfReady", "True", "Attached");

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
