package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Objects;

/** Notes on a pod's ConfigMap how it stands with the pod's programs. */
public final class EbpfStateWriter {
    private static final String FIELD_MANAGER = "podconfigmap-agent";

    private final KubernetesClient client;

    /**
     * A writer.
     *
     * @param client how to reach the API server
     */
    public EbpfStateWriter(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Writes it unless it is there.
     *
     * @param configMap the ConfigMap as last seen
     * @param report what to write
     */
    public void write(ConfigMap configMap, String report) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(configMap.getMetadata().getAnnotations(), Map.of());
        if (report.equals(annotations.get(PodConfigMap.EBPF_STATE))) {
            return;
        }
        ConfigMap patch = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(configMap.getMetadata().getNamespace())
                .withName(configMap.getMetadata().getName())
                .addToAnnotations(PodConfigMap.EBPF_STATE, report)
                .endMetadata()
                .build();
        try {
            // A merge, which changes what is there and, other than an apply, never makes it. Of an object, not of a
            // text:
            // before that the client reads the object, which the agents' role does not allow.
            client.configMaps()
                    .resource(patch)
                    .patch(new PatchContext.Builder()
                            .withPatchType(PatchType.JSON_MERGE)
                            .withFieldManager(FIELD_MANAGER)
                            .build());
        } catch (KubernetesClientException e) {
            // Gone meanwhile: there is nothing left to note it on.
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }
}
