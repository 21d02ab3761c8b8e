package io.jbpf.controller.cluster;

import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Which kinds of objects of the API are known, and which of their fields are read at all. The client knows some 700 kinds, and
 * loads the classes of all of them for the first event of a watch. Of a pod most is volumes, environment and conditions, which
 * nobody here asks for: read, each kind of them takes classes, readers of its fields, and time, for {@link TrimmedStore} to
 * throw away. Whoever asks for another kind or field has to add it here, and a field there.
 *
 * <p>Only for reading: what is left out would not be written either.
 */
public final class ReadFields {
    /** Of any other kind, as configs are, events of a watch come as a GenericKubernetesResource. */
    private static final List<Class<? extends KubernetesResource>> KINDS =
            List.of(Pod.class, ConfigMap.class, Lease.class, Event.class, Status.class);

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
        KubernetesSerialization serialization = new KubernetesSerialization(mapper, false);
        KINDS.forEach(serialization::registerKubernetesResource);
        return serialization;
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
