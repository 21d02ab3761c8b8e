package io.jbpf.controller.election;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.util.Optional;

/**
 * Where the Lease is kept. Each call is bounded in time; it fails with
 * {@link io.fabric8.kubernetes.client.KubernetesClientException}.
 */
public interface LeaseStore extends AutoCloseable {
    /**
     * Reads it.
     *
     * @return empty if it is not there
     */
    Optional<Lease> get();

    /**
     * Makes it; fails with 409 if it is there.
     *
     * @param lease the new one
     * @return as it was written
     */
    Lease create(Lease lease);

    /**
     * Writes it; fails with 409 if it is not of that resource version, with 404 if it is gone.
     *
     * @param lease the new one, with the resource version of the one it replaces
     * @return as it was written
     */
    Lease update(Lease lease);

    @Override
    void close();
}
