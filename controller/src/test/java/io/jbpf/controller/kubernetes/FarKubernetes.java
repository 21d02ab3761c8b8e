package io.jbpf.controller.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.jbpf.controller.cluster.ReadFields;
import java.net.URI;
import java.nio.file.Path;

/** A Kubernetes API that the controller reaches by a path of its own, which a test can break without being cut off itself. */
public final class FarKubernetes implements TestKubernetes {
    private final TestKubernetes near;
    private final FreezableProxy path;

    private FarKubernetes(TestKubernetes near, FreezableProxy path) {
        this.near = near;
        this.path = path;
    }

    /**
     * Puts a path before an API.
     *
     * @param near the API, closed with this
     * @return the same API from afar
     */
    public static FarKubernetes from(TestKubernetes near) {
        try (KubernetesClient client = near.controllerClient()) {
            return new FarKubernetes(
                    near,
                    new FreezableProxy(URI.create(client.getConfiguration().getMasterUrl())));
        }
    }

    /**
     * The controller's path.
     *
     * @return the path, to be broken
     */
    public FreezableProxy path() {
        return path;
    }

    @Override
    public KubernetesClient client() {
        return near.client();
    }

    @Override
    public KubernetesClient controllerClient() {
        try (KubernetesClient client = near.controllerClient()) {
            Config config = new ConfigBuilder(client.getConfiguration())
                    .withMasterUrl(path.url())
                    .build();
            return new KubernetesClientBuilder()
                    .withConfig(config)
                    .withKubernetesSerialization(ReadFields.serialization())
                    .build();
        }
    }

    @Override
    public void define(Path manifest) {
        near.define(manifest);
    }

    @Override
    public Path writeKubeconfig(Path file) {
        return near.writeKubeconfig(file);
    }

    @Override
    public void close() {
        path.close();
        near.close();
    }
}
