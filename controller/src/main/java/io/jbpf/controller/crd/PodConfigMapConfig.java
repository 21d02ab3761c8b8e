package io.jbpf.controller.crd;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A namespaced resource that selects pods and says what is to be written about them and attached to them. */
@Group(PodConfigMapConfig.GROUP)
@Version(PodConfigMapConfig.VERSION)
@Kind(PodConfigMapConfig.KIND)
@Plural(PodConfigMapConfig.PLURAL)
@Singular("podconfigmapconfig")
@ShortNames("pcmc")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Matched",
        jsonPath = ".status.matchedPods",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Attached",
        jsonPath = ".status.attachedPods",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public class PodConfigMapConfig extends CustomResource<PodConfigMapConfigSpec, PodConfigMapConfigStatus>
        implements Namespaced {
    /** The API group. */
    public static final String GROUP = "podconfig.example.com";

    /** The version of the API group. */
    public static final String VERSION = "v1alpha1";

    /** The kind. */
    public static final String KIND = "PodConfigMapConfig";

    /** The plural, as in paths. */
    public static final String PLURAL = "podconfigmapconfigs";

    private static final long serialVersionUID = 1L;
}
