package io.jbpf.controller.crd;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PodConfigMapConfig} asks for.
 *
 * @param podSelector the pods it is about; absent means every pod of the namespace
 * @param labelsToInclude the labels whose values go into the ConfigMap
 * @param annotationsToInclude the annotations whose values go into the ConfigMap
 * @param ebpfConfig the BPF programs; absent means none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodConfigMapConfigSpec(
        @JsonPropertyDescription("The pods it is about, by their labels. Absent: every pod of the namespace.") @Nullable
        LabelSelector podSelector,

        @JsonPropertyDescription("Keys of the pod labels whose values go into the ConfigMap as label_<key>.")
        @Size(max = 256)
        @Nullable
        List<@Pattern(PodConfigMapConfigSpec.KEY) @Size(max = 317) String> labelsToInclude,

        @JsonPropertyDescription("Keys of the pod annotations whose values go into the ConfigMap as annotation_<key>.")
        @Size(max = 256)
        @Nullable
        List<@Pattern(PodConfigMapConfigSpec.KEY) @Size(max = 317) String> annotationsToInclude,

        @JsonPropertyDescription("The eBPF programs attached to the pods. Absent: none.") @Nullable
        EbpfConfig ebpfConfig) {

    /** What Kubernetes takes as the key of a label or annotation: a name of up to 63 characters, perhaps with a domain. */
    private static final String KEY =
            "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
}
