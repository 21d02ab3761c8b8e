package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import org.junit.jupiter.api.Test;

/** The same against a real API server, which checks Events. */
@RealApiServer
class StatusAndEventsOnApiServerTest extends StatusAndEventsTest {
    private final KubeApiServer server;

    StatusAndEventsOnApiServerTest(KubeApiServer server) {
        this.server = server;
    }

    @Override
    TestKubernetes startKubernetes() {
        return RealKubernetes.on(server);
    }

    /** The schema has nothing against a call that is none, but the controller has. */
    @Override
    @Test
    void aConfigThatIsRefusedIsToldInAnEvent() {
        config("c", "ebpfConfig: {syscallMonitoring: {enabled: true, syscallNames: [no_such_call]}}");

        assertThat(awaitEvent("c", "InvalidSpec").getMessage())
                .contains("spec.ebpfConfig.syscallMonitoring.syscallNames[0]", "no_such_call");
    }
}
