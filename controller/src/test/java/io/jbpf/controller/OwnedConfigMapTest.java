package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.metrics.ConfigMapOperations;
import io.jbpf.controller.metrics.Revision;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which fields of a ConfigMap are ours, and what becomes of those that are not. */
class OwnedConfigMapTest extends ControllerScenario {
    private static final String NAME = "pod-web-1-from-c-cfg";
    private static final String SPEC = "labelsToInclude: [app]\nannotationsToInclude: [note]";

    private void edit(UnaryOperator<ConfigMapBuilder> change) {
        client.configMaps().inNamespace("default").withName(NAME).edit(before -> change.apply(
                        new ConfigMapBuilder(before))
                .build());
    }

    private Map<String, String> labels() {
        return await(NAME).getMetadata().getLabels();
    }

    @Test
    void ourLabelComesBackWhenItIsChangedOrTakenAway() {
        pod("web-1", "node-2");
        config("c", SPEC);
        await(NAME);

        edit(builder -> builder.editMetadata()
                .addToLabels(PodConfigMap.GENERATED_BY, "me")
                .endMetadata());
        Waits.until(() -> "c".equals(labels().get(PodConfigMap.GENERATED_BY)));

        edit(builder -> builder.editMetadata()
                .removeFromLabels(PodConfigMap.GENERATED_BY)
                .endMetadata());
        Waits.until(() -> "c".equals(labels().get(PodConfigMap.GENERATED_BY)));
    }

    @Test
    void whatOthersAddStaysWhenOursChanges() {
        pod("web-1", "node-2", "labels: {app: web}\nannotations: {note: n}", "containers: [{name: main, image: none}]");
        config("c", SPEC);
        assertThat(await(NAME).getData()).containsEntry("annotation_note", "n");
        edit(builder -> builder.editMetadata()
                .addToLabels("theirs", "kept")
                .addToAnnotations("theirs", "kept")
                .endMetadata()
                .addToData("theirs", "kept")
                .addToData("label_app", "changed"));
        Waits.until(() -> "web".equals(await(NAME).getData().get("label_app")));

        replace("c", "labelsToInclude: [app]");

        Waits.until(() -> !await(NAME).getData().containsKey("annotation_note"));
        ConfigMap now = await(NAME);
        assertThat(now.getData()).containsEntry("theirs", "kept");
        assertThat(now.getMetadata().getLabels()).containsEntry("theirs", "kept");
        assertThat(now.getMetadata().getAnnotations()).containsEntry("theirs", "kept");
    }

    @Test
    void aPodMadeAnewUnderTheSameNameOwnsTheConfigMap() throws IOException {
        Pod first = podHere("web-1");
        config("c", SPEC + "\nebpfConfig: {l4Firewall: {enabled: true}}");
        await(NAME);
        Waits.until(() -> programs.pods().contains(identity(first)));

        client.pods()
                .inNamespace("default")
                .withName("web-1")
                .withGracePeriod(0)
                .delete();
        Pod second = pod("web-1", "node-1");
        node.pod(second.getMetadata().getUid(), 200, 8, "eth0");

        assertThat(second.getMetadata().getUid())
                .isNotEqualTo(first.getMetadata().getUid());
        Waits.until(() -> configMap(NAME)
                .filter(configMap -> configMap.getMetadata().getOwnerReferences().stream()
                        .allMatch(owner ->
                                owner.getUid().equals(second.getMetadata().getUid())))
                .isPresent());
        Waits.until(() -> programs.pods().equals(java.util.Set.of(identity(second))));
    }

    @Test
    void onlyTheConfigMapThatWasSeenIsDeleted() {
        ConfigMap seen = client.configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("some")
                        .endMetadata()
                        .build())
                .create();
        ConfigMapWriter writer =
                new ConfigMapWriter(client, Leadership.ALWAYS, new ConfigMapOperations(new Revision()));
        client.configMaps().inNamespace("default").withName("some").edit(before -> new ConfigMapBuilder(before)
                .addToData("changed", "meanwhile")
                .build());

        writer.delete(seen);
        assertThat(configMap("some")).isPresent();

        writer.delete(configMap("some").orElseThrow());
        assertThat(configMap("some")).isEmpty();
    }
}
