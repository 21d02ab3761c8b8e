package io.jbpf.controller;

import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;

/** The same against a real API server, which knows who manages a field. */
@RealApiServer
class OwnedConfigMapOnApiServerTest extends OwnedConfigMapTest {
    private final KubeApiServer server;

    OwnedConfigMapOnApiServerTest(KubeApiServer server) {
        this.server = server;
    }

    @Override
    TestKubernetes startKubernetes() {
        return RealKubernetes.on(server);
    }
}
