package io.jbpf.controller.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionSpec;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.ClusterCache;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A {@link KubeApiServer} for one test: its objects go when it is closed, definitions and rights stay for the next. */
public final class RealKubernetes implements TestKubernetes {
    /** The service account of deploy/rbac.yaml, and where it is. */
    public static final String SERVICE_ACCOUNT = "podconfigmap-controller";

    /** The namespace of deploy/rbac.yaml. */
    public static final String NAMESPACE = "default";

    private static final Path RIGHTS = Path.of("..", "deploy", "rbac.yaml");

    private final KubeApiServer server;

    private RealKubernetes(KubeApiServer server) {
        this.server = server;
    }

    /**
     * The server with the controller's rights in it.
     *
     * @param server which runs
     * @return the API for one test
     */
    public static RealKubernetes on(KubeApiServer server) {
        try (KubernetesClient client = server.adminClient()) {
            apply(client, RIGHTS);
        }
        return new RealKubernetes(server);
    }

    /**
     * Creates what a manifest says, or brings it to that.
     *
     * @param client of somebody who may
     * @param manifest YAML, of one object or more
     */
    public static void apply(KubernetesClient client, Path manifest) {
        try (InputStream yaml = Files.newInputStream(manifest)) {
            List<HasMetadata> objects = client.load(yaml).items();
            for (HasMetadata object : objects) {
                client.resource(object).fieldManager("test").forceConflicts().serverSideApply();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Makes a namespace in which the controller's service account may what it may in its own, such as elections.
     *
     * @param namespace the name of the namespace
     */
    public void allowIn(String namespace) {
        try (KubernetesClient client = server.adminClient();
                InputStream yaml = Files.newInputStream(RIGHTS)) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(namespace)
                            .endMetadata()
                            .build())
                    .create();
            for (HasMetadata object : client.load(yaml).items()) {
                if (object instanceof Role || object instanceof RoleBinding) {
                    object.getMetadata().setNamespace(namespace);
                    client.resource(object).create();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public KubernetesClient client() {
        return server.adminClient();
    }

    @Override
    public KubernetesClient controllerClient() {
        return server.clientOf(NAMESPACE, SERVICE_ACCOUNT);
    }

    @Override
    public void define(Path manifest) {
        try (KubernetesClient client = client()) {
            apply(client, manifest);
            CustomResourceDefinition definition =
                    Serialization.unmarshal(Files.readString(manifest), CustomResourceDefinition.class);
            Waits.until(() -> served(client, definition));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It is established a little before it is served. */
    private static boolean served(KubernetesClient client, CustomResourceDefinition definition) {
        CustomResourceDefinitionSpec spec = definition.getSpec();
        String path = "/apis/" + spec.getGroup() + "/"
                + spec.getVersions().get(0).getName() + "/" + spec.getNames().getPlural();
        return client.raw(path) != null;
    }

    @Override
    public Path writeKubeconfig(Path file) {
        return server.writeKubeconfig(file);
    }

    @Override
    public void close() {
        try (KubernetesClient client = client()) {
            deleteConfigs(client);
            client.pods().inNamespace(NAMESPACE).withGracePeriod(0).delete();
            client.configMaps().inNamespace(NAMESPACE).delete();
            client.leases().inNamespace(NAMESPACE).delete();
            client.v1().events().inNamespace(NAMESPACE).delete();
        }
    }

    private static void deleteConfigs(KubernetesClient client) {
        try {
            client.genericKubernetesResources(ClusterCache.CONFIGS)
                    .inNamespace(NAMESPACE)
                    .delete();
        } catch (KubernetesClientException e) {
            // The kind is not known before a test has defined it.
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }
}
