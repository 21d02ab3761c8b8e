package io.jbpf.controller.election;

import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The same against a real API server, with the rights of deploy/rbac.yaml: each election in a namespace of its own, where the
 * same is allowed as in the controller's.
 */
@RealApiServer
class LeaseElectorOnApiServerTest extends LeaseElectorTest {
    private static final AtomicInteger ELECTIONS = new AtomicInteger();

    private final KubeApiServer server;

    LeaseElectorOnApiServerTest(KubeApiServer server) {
        this.server = server;
    }

    @Override
    TestKubernetes startKubernetes() {
        return RealKubernetes.on(server);
    }

    @Override
    String namespace(TestKubernetes running) {
        String namespace = "election-" + ELECTIONS.incrementAndGet();
        ((RealKubernetes) running).allowIn(namespace);
        return namespace;
    }
}
