package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.metrics.WorkMetrics;
import io.jbpf.controller.rules.ObjectKey;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Brings ConfigMaps to what they shall be, and never touches one that is not ours. */
public final class ConfigMapWriter {
    /** Under which name our fields of a ConfigMap are kept apart from those of others. */
    static final String FIELD_MANAGER = "podconfigmap-controller";

    private final KubernetesClient client;
    private final Leadership leadership;
    private final WorkMetrics metrics;

    /**
     * A writer.
     *
     * @param client how to reach the API server
     * @param leadership asked before each request that changes anything
     * @param metrics told of each such request
     */
    public ConfigMapWriter(KubernetesClient client, Leadership leadership, WorkMetrics metrics) {
        this.client = client;
        this.leadership = leadership;
        this.metrics = metrics;
    }

    /**
     * Writes a ConfigMap unless it is as it shall be.
     *
     * @param wanted the ConfigMap as it shall be
     * @param known those of ours about the same pod, as last seen
     * @return why it was not written although it should have been: a ConfigMap of that name that is not ours; else empty
     */
    public Optional<String> write(ConfigMap wanted, List<ConfigMap> known) {
        Optional<ConfigMap> actual = known.stream()
                .filter(configMap -> ClusterCache.key(configMap).equals(ClusterCache.key(wanted)))
                .findFirst();
        if (actual.isEmpty()) {
            // Not among ours: only then is it worth asking whether the name is taken.
            actual = Optional.ofNullable(client.configMaps()
                    .inNamespace(wanted.getMetadata().getNamespace())
                    .withName(wanted.getMetadata().getName())
                    .get());
        }
        if (actual.isPresent()) {
            if (!isForTheSame(actual.get(), wanted)) {
                return Optional.of("the ConfigMap " + wanted.getMetadata().getName()
                        + " belongs to somebody else and is left alone; delete or rename it");
            }
            if (PodConfigMap.isAsWanted(actual.get(), wanted)) {
                return Optional.empty();
            }
        }
        String operation = actual.isPresent() ? "update" : "create";
        // It must still be the one that was looked at: a write that was on its way when this process was stopped, or
        // its
        // connection frozen, does not undo what the next leader wrote.
        ConfigMap exactly = actual.map(ConfigMap::getMetadata)
                .map(ObjectMeta::getResourceVersion)
                .map(version -> new ConfigMapBuilder(wanted)
                        .editMetadata()
                        .withResourceVersion(version)
                        .endMetadata()
                        .build())
                .orElse(wanted);
        counted(operation, wanted, () -> client.configMaps()
                .inNamespace(wanted.getMetadata().getNamespace())
                .resource(exactly)
                .fieldManager(FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply());
        return Optional.empty();
    }

    /** Two pairs of long names with dashes may give one name; whoever was there first keeps it. */
    private static boolean isForTheSame(ConfigMap actual, ConfigMap wanted) {
        Map<String, String> labels =
                Objects.requireNonNullElse(actual.getMetadata().getLabels(), Map.of());
        Optional<ObjectKey> pod = PodConfigMap.describedPod(actual);
        return Objects.equals(
                        labels.get(PodConfigMap.GENERATED_BY),
                        wanted.getMetadata().getLabels().get(PodConfigMap.GENERATED_BY))
                && pod.equals(PodConfigMap.describedPod(wanted));
    }

    /**
     * Deletes a ConfigMap if it is still exactly the one that was seen. If it is not, its change will be seen.
     *
     * @param seen the ConfigMap as last seen
     */
    public void delete(ConfigMap seen) {
        DeleteOptions exactly = new DeleteOptionsBuilder()
                .withNewPreconditions()
                .withUid(seen.getMetadata().getUid())
                .withResourceVersion(seen.getMetadata().getResourceVersion())
                .endPreconditions()
                .build();
        String path = "/api/v1/namespaces/" + seen.getMetadata().getNamespace() + "/configmaps/"
                + seen.getMetadata().getName();
        try {
            counted("delete", seen, () -> client.raw(path, "DELETE", exactly));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    private void counted(String operation, ConfigMap configMap, Runnable request) {
        leadership.require();
        boolean succeeded = false;
        try {
            request.run();
            succeeded = true;
        } finally {
            metrics.configMapOperation(operation, configMap.getMetadata().getNamespace(), succeeded);
        }
    }
}
