package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import org.junit.jupiter.api.Test;

/** The same against a real API server, with the rights of deploy/rbac.yaml. */
@RealApiServer
class ControllerOnApiServerTest extends ControllerTest {
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

    private void assertRefused(String spec) {
        assertThatThrownBy(() -> configs().resource(resource("bad", spec)).create())
                .isInstanceOfSatisfying(KubernetesClientException.class, refusal -> {
                    org.assertj.core.api.Assertions.assertThat(refusal.getCode())
                            .isEqualTo(422);
                });
    }
}
