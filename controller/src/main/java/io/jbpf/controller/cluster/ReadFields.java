package io.jbpf.controller.cluster;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Which fields of objects of the API are read at all. Of a pod most is volumes, environment and conditions, which nobody here
 * asks for: read, each kind of them takes classes, readers of its fields, and time, for {@link TrimmedStore} to throw away.
 * Whoever asks for another field has to add it here and there.
 *
 * <p>Only for reading: what is left out would not be written either.
 */
public final class ReadFields {
    private ReadFields() {}

    /**
     * How a client reads and writes objects.
     *
     * @return to be given to its builder
     */
    public static KubernetesSerialization serialization() {
        ObjectMapper mapper = new ObjectMapper();
        mapper.addMixIn(PodSpec.class, OfPodSpec.class);
        mapper.addMixIn(PodStatus.class, OfPodStatus.class);
        mapper.addMixIn(Container.class, OfContainer.class);
        mapper.addMixIn(ManagedFieldsEntry.class, OfManagedFieldsEntry.class);
        return new KubernetesSerialization(mapper, true);
    }

    @JsonIncludeProperties({"nodeName", "hostNetwork", "hostPID", "containers", "initContainers"})
    private interface OfPodSpec {}

    @JsonIncludeProperties({"phase", "podIP", "podIPs"})
    private interface OfPodStatus {}

    @JsonIncludeProperties({"name", "ports", "livenessProbe", "readinessProbe", "startupProbe"})
    private interface OfContainer {}

    @JsonIncludeProperties({"manager", "operation"})
    private interface OfManagedFieldsEntry {}
}
