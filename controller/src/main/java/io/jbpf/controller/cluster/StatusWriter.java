package io.jbpf.controller.cluster;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.EditReplacePatchable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.jbpf.controller.crd.PodConfigMapConfig;
import io.jbpf.controller.crd.PodConfigMapConfigStatus;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.rules.ObjectKey;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the status of configs, where it differs from what is there. */
public final class StatusWriter {
    private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
    private static final String FIELD_MANAGER = "podconfigmap-controller-status";
    private static final String STATUS = "status";
    private static final String CONDITIONS = "conditions";

    private final KubernetesClient client;
    private final Leadership leadership;
    private final Clock clock;

    /**
     * A writer.
     *
     * @param client how to reach the API server
     * @param leadership asked before each request that changes anything
     * @param clock what conditions are dated by
     */
    public StatusWriter(KubernetesClient client, Leadership leadership, Clock clock) {
        this.client = client;
        this.leadership = leadership;
        this.clock = clock;
    }

    /**
     * What the API server would be told.
     *
     * @param config where the config is
     * @param status its status, conditions dated
     */
    public record Change(ObjectKey config, Object status) {}

    /**
     * Compares a status with what is there. A condition whose status does not change keeps the time of its last transition.
     *
     * @param resource the config as last seen
     * @param wanted its status, conditions undated
     * @return what to write; empty if it is there
     */
    public Optional<Change> change(GenericKubernetesResource resource, PodConfigMapConfigStatus wanted) {
        List<Condition> before = conditions(resource);
        PodConfigMapConfigStatus dated = new PodConfigMapConfigStatus(
                wanted.observedGeneration(),
                wanted.matchedPods(),
                wanted.attachedPods(),
                dated(before, Objects.requireNonNullElse(wanted.conditions(), List.of())));
        Object now = client.getKubernetesSerialization().convertValue(dated, Map.class);
        Object there = client.getKubernetesSerialization()
                .convertValue(resource.getAdditionalProperties().get(STATUS), Object.class);
        return now.equals(there) ? Optional.empty() : Optional.of(new Change(ClusterCache.key(resource), now));
    }

    /**
     * Writes a status.
     *
     * @param change what differs from what is there
     * @return whether it was written; false if the config is gone
     * @throws KubernetesClientException if the API server refuses it or cannot be reached
     */
    public boolean write(Change change) {
        GenericKubernetesResource patch = new GenericKubernetesResource();
        patch.setApiVersion(PodConfigMapConfig.GROUP + "/" + PodConfigMapConfig.VERSION);
        patch.setKind(PodConfigMapConfig.KIND);
        patch.setMetadata(new ObjectMetaBuilder()
                .withNamespace(change.config.namespace())
                .withName(change.config.name())
                .build());
        patch.setAdditionalProperty(STATUS, change.status);
        try {
            leadership.require();
            GenericKubernetesResource answer = status(change.config)
                    .patch(
                            new PatchContext.Builder()
                                    .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                    .withFieldManager(FIELD_MANAGER)
                                    .withForce(true)
                                    .build(),
                            patch);
            if (hasMoreConditions(answer, change)) {
                leadership.require();
                status(change.config)
                        .patch(
                                new PatchContext.Builder()
                                        .withPatchType(PatchType.JSON_MERGE)
                                        .withFieldManager(FIELD_MANAGER)
                                        .build(),
                                patch);
            }
            return true;
        } catch (KubernetesClientException e) {
            // Deleted meanwhile: there is nothing left to tell.
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            return false;
        }
    }

    private EditReplacePatchable<GenericKubernetesResource> status(ObjectKey config) {
        return client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace(config.namespace())
                .withName(config.name())
                .subresource(STATUS);
    }

    /**
     * An apply takes away what its manager has applied before and no longer does. But API servers before 1.22 let an update of
     * the config, such as kubectl replace, end that managership of its status, and what is left of it would stay for ever.
     */
    private boolean hasMoreConditions(GenericKubernetesResource answer, Change change) {
        return answer.getAdditionalProperties().get(STATUS) instanceof Map<?, ?> now
                && now.get(CONDITIONS) instanceof List<?> there
                && change.status instanceof Map<?, ?> wanted
                && wanted.get(CONDITIONS) instanceof List<?> applied
                && there.size() > applied.size();
    }

    /**
     * The conditions of a config.
     *
     * @param resource the config as last seen
     * @return those that can be read
     */
    public List<Condition> conditions(GenericKubernetesResource resource) {
        if (!(resource.getAdditionalProperties().get(STATUS) instanceof Map<?, ?> status)
                || !(status.get(CONDITIONS) instanceof List<?> conditions)) {
            return List.of();
        }
        List<Condition> read = new ArrayList<>();
        for (Object condition : conditions) {
            try {
                read.add(client.getKubernetesSerialization().convertValue(condition, Condition.class));
            } catch (IllegalArgumentException e) {
                LOG.debug("A condition of {} is not of our making and is replaced.", ClusterCache.key(resource));
            }
        }
        return read;
    }

    private List<Condition> dated(List<Condition> before, List<Condition> now) {
        String time = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        List<Condition> dated = new ArrayList<>();
        for (Condition condition : now) {
            String since = before.stream()
                    .filter(old -> Objects.equals(old.getType(), condition.getType())
                            && Objects.equals(old.getStatus(), condition.getStatus())
                            && old.getLastTransitionTime() != null)
                    .map(Condition::getLastTransitionTime)
                    .findFirst()
                    .orElse(time);
            dated.add(new ConditionBuilder(condition)
                    .withLastTransitionTime(since)
                    .build());
        }
        return dated;
    }
}
