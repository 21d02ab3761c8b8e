package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.metrics.ConfigMapOperations;
import io.jbpf.controller.metrics.ConfigMapOperations.Operation;
import io.jbpf.controller.metrics.ConfigMapOperations.Result;
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
    private final ConfigMapOperations operations;

    /**
     * A writer.
     *
     * @param client how to reach the API server
     * @param leadership asked before each request that changes anything
     * @param operations where is counted what was done
     */
    public ConfigMapWriter(KubernetesClient client, Leadership leadership, ConfigMapOperations operations) {
        this.client = client;
        this.leadership = leadership;
        this.operations = operations;
    }

    /**
     * Writes a ConfigMap unless it is as it shall be.
     *
     * @param wanted the ConfigMap as it shall be
     * @param known those of ours about the same pod, as last seen
     * @return why it was not written although it should have been; empty if it is as it shall be
     * @throws KubernetesClientException if the API server refuses it or cannot be reached
     */
    public Optional<ConfigMapProblem> write(ConfigMap wanted, List<ConfigMap> known) {
        Optional<ConfigMap> actual = known.stream()
                .filter(configMap -> ClusterCache.key(configMap).equals(ClusterCache.key(wanted)))
                .findFirst();
        String namespace = wanted.getMetadata().getNamespace();
        if (actual.isEmpty()) {
            // Not among ours: only then is it worth asking whether the name is taken.
            actual = Optional.ofNullable(client.configMaps()
                    .inNamespace(namespace)
                    .withName(wanted.getMetadata().getName())
                    .get());
        }
        Operation operation = actual.isPresent() ? Operation.UPDATE : Operation.CREATE;
        if (actual.isPresent()) {
            if (!isForTheSame(actual.get(), wanted)) {
                operations.count(operation, namespace, Result.NOT_OURS);
                return Optional.of(new ConfigMapProblem(
                        ConfigMapProblem.NOT_OURS,
                        "the ConfigMap " + wanted.getMetadata().getName()
                                + " belongs to somebody else and is left alone; delete or rename it"));
            }
            if (PodConfigMap.isAsWanted(actual.get(), wanted)) {
                return Optional.empty();
            }
        }
        Optional<ConfigMapProblem> tooLarge = PodConfigMap.tooLarge(wanted);
        if (tooLarge.isEmpty()) {
            // It must still be the one that was looked at: a write that was on its way when this process was stopped,
            // or its connection frozen, does not undo what the next leader wrote.
            ConfigMap exactly = actual.map(ConfigMap::getMetadata)
                    .map(ObjectMeta::getResourceVersion)
                    .map(version -> new ConfigMapBuilder(wanted)
                            .editMetadata()
                            .withResourceVersion(version)
                            .endMetadata()
                            .build())
                    .orElse(wanted);
            counted(operation, namespace, () -> client.configMaps()
                    .inNamespace(namespace)
                    .resource(exactly)
                    .fieldManager(FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply());
        }
        return tooLarge;
    }

    private void counted(Operation operation, String namespace, Runnable request) {
        leadership.require();
        Result result = Result.ERROR;
        try {
            request.run();
            result = Result.SUCCESS;
        } finally {
            operations.count(operation, namespace, result);
        }
    }

    /**
     * Two pairs of names with dashes may give one name; whoever was there first keeps it. One whose label was changed or
     * taken away is known by what we applied to it: with the pod, the name tells the config.
     */
    private static boolean isForTheSame(ConfigMap actual, ConfigMap wanted) {
        if (!PodConfigMap.describedPod(actual).equals(PodConfigMap.describedPod(wanted))) {
            return false;
        }
        Map<String, String> labels =
                Objects.requireNonNullElse(actual.getMetadata().getLabels(), Map.of());
        return Objects.equals(
                        labels.get(PodConfigMap.GENERATED_BY),
                        wanted.getMetadata().getLabels().get(PodConfigMap.GENERATED_BY))
                || Objects.requireNonNullElse(actual.getMetadata().getManagedFields(), List.<ManagedFieldsEntry>of())
                        .stream()
                        .anyMatch(entry ->
                                FIELD_MANAGER.equals(entry.getManager()) && "Apply".equals(entry.getOperation()));
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
            counted(Operation.DELETE, seen.getMetadata().getNamespace(), () -> client.raw(path, "DELETE", exactly));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }
}
