package io.jbpf.controller.embedded;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.jbpf.controller.cluster.ReadFields;
import io.jbpf.controller.kubernetes.TestKubernetes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A running Kubernetes API on a port of the loopback interface. */
public final class EmbeddedKubernetes implements TestKubernetes {
    /** Held on to: a logger that nobody holds forgets its level. */
    private static final Logger REQUESTS = Logger.getLogger(MockWebServer.class.getName());

    static {
        REQUESTS.setLevel(Level.WARNING);
    }

    private final MockWebServer server;
    private final ApiDispatcher dispatcher;

    private EmbeddedKubernetes(MockWebServer server, ApiDispatcher dispatcher) {
        this.server = server;
        this.dispatcher = dispatcher;
    }

    /**
     * Starts an API that knows nothing yet.
     *
     * @return the running server
     */
    public static EmbeddedKubernetes start() {
        MockWebServer server = new MockWebServer();
        server.setHttp2ClearTextEnabled(false);
        ApiDispatcher dispatcher = new ApiDispatcher();
        server.setDispatcher(dispatcher);
        server.start(InetAddress.getLoopbackAddress(), 0);
        return new EmbeddedKubernetes(server, dispatcher);
    }

    /**
     * Refuses the next request of a kind; said twice, the next two.
     *
     * @param method how it asks
     * @param part what its path and query contain
     * @param code the status that it gets
     * @param reason the same in Kubernetes' words
     */
    public void refuseNext(HttpMethod method, String part, int code, String reason) {
        dispatcher.add(new Refusal(method, part, code, reason));
    }

    /**
     * Where it is.
     *
     * @return the URL, without a slash at its end
     */
    public String url() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /**
     * What a KUBECONFIG file for it contains.
     *
     * @return the file's text
     */
    public String kubeconfig() {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - name: embedded
                  cluster:
                    server: %s
                contexts:
                - name: embedded
                  context:
                    cluster: embedded
                    user: embedded
                    namespace: default
                current-context: embedded
                users:
                - name: embedded
                  user: {}
                """.formatted(url());
    }

    @Override
    public Path writeKubeconfig(Path file) {
        try {
            return Files.writeString(file, kubeconfig());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody is asked here who he is, and everybody may do everything. */
    @Override
    public KubernetesClient controllerClient() {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig()))
                .withKubernetesSerialization(ReadFields.serialization())
                .build();
    }

    @Override
    public KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig()))
                .build();
    }

    @Override
    public void define(Path manifest) {
        try (KubernetesClient client = client()) {
            CustomResourceDefinition definition =
                    Serialization.unmarshal(Files.readString(manifest), CustomResourceDefinition.class);
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .resource(definition)
                    .create();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.shutdown();
        } catch (IllegalStateException e) {
            // It gives its threads ten seconds to end. On a busy machine they may need longer, and nothing waits for
            // them.
            if (!(e.getCause() instanceof TimeoutException)) {
                throw e;
            }
        }
    }
}
