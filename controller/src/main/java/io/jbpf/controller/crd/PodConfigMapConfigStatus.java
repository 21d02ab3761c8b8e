package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the controller found and did.
 *
 * @param observedGeneration the generation of the spec that the rest is about
 * @param matchedPods how many pods the selector matches
 * @param attachedPods how many of them have every program that was asked for
 * @param conditions {@code Ready}, {@code EbpfReady} and, while it is so, {@code PortsOverlap}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodConfigMapConfigStatus(
        @JsonPropertyDescription("The generation of the spec that this status is about.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("How many pods the selector matches.") @Nullable
        Integer matchedPods,

        @JsonPropertyDescription("How many of them have every program that was asked for.") @Nullable
        Integer attachedPods,

        @JsonPropertyDescription("Ready, EbpfReady and, while it is so, PortsOverlap.") @Nullable
        List<Condition> conditions) {}
