package io.jbpf.controller.election;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.Optional;

/**
 * The Lease at the API server, over a client of its own: the work must not delay a renewal, nor a frozen connection more than
 * one.
 */
public final class KubernetesLease implements LeaseStore {
    /**
     * How long the first call may take, which loads the client's classes and makes keys with the API server: more than a retry
     * period where the processor time is limited. Nobody's time of leading depends on it.
     */
    private static final Duration FIRST = Duration.ofSeconds(10);

    private final KubernetesSerialization serialization = serialization();
    private final KubernetesClient client;
    private final KubernetesClient patient;
    private volatile boolean answered;
    private final String namespace;
    private final String name;

    /**
     * Connects.
     *
     * @param config how the API server is reached
     * @param namespace where the Lease is
     * @param name its name
     * @param timeout how long a call may take, once one was answered
     */
    public KubernetesLease(Config config, String namespace, String name, Duration timeout) {
        int millis = Math.toIntExact(timeout.toMillis());
        this.namespace = namespace;
        this.name = name;
        this.client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(config)
                        .withRequestTimeout(millis)
                        .withConnectionTimeout(millis)
                        // Whether and when to try again is the election's business.
                        .withRequestRetryBackoffLimit(0)
                        // With HTTP/2 every request would go over the one connection that is frozen; so a request that
                        // times out takes its connection with it, and the next one has another.
                        .withHttp2Disable(true)
                        .build())
                .withKubernetesSerialization(serialization)
                .build();
        this.patient = client.newClient(new RequestConfigBuilder()
                        .withRequestTimeout(Math.max(millis, Math.toIntExact(FIRST.toMillis())))
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .adapt(KubernetesClient.class);
    }

    private static KubernetesSerialization serialization() {
        ObjectMapper mapper = new ObjectMapper();
        mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class);
        KubernetesSerialization serialization = new KubernetesSerialization(mapper, false);
        serialization.registerKubernetesResource(Lease.class);
        serialization.registerKubernetesResource(Status.class);
        return serialization;
    }

    /** Most of a Lease, and none of the election's business: of an object that is written without them the API server keeps them. */
    @JsonIgnoreProperties("managedFields")
    private interface WithoutManagedFields {}

    @Override
    public Optional<Lease> get() {
        KubernetesClient by = answered ? client : patient;
        Lease lease = by.leases().inNamespace(namespace).withName(name).get();
        answered = true;
        return Optional.ofNullable(lease);
    }

    @Override
    public Lease create(Lease lease) {
        return client.leases().inNamespace(namespace).resource(lease).create();
    }

    /** Every second, and so by a plain request: the client's own update() copies the object time and again before it sends it. */
    @Override
    public Lease update(Lease lease) {
        String answer = client.raw(
                "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/" + name,
                "PUT",
                serialization.asJson(lease));
        return serialization.unmarshal(answer, Lease.class);
    }

    @Override
    public void close() {
        client.close();
    }
}
