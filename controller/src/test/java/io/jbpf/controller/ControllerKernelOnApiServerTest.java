package io.jbpf.controller;

import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;

/** The same against a real API server, with the rights of deploy/rbac.yaml. */
@RealApiServer
class ControllerKernelOnApiServerTest extends ControllerKernelTest {
    private final KubeApiServer server;

    ControllerKernelOnApiServerTest(KubeApiServer server) {
        this.server = server;
    }

    @Override
    TestKubernetes startKubernetes() {
        return RealKubernetes.on(server);
    }
}
