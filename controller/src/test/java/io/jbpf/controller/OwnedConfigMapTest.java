package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.cluster.ConfigMapWriter;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.election.Leadership;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.metrics.ConfigMapOperations;
import io.jbpf.controller.metrics.Revision;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which fields of a ConfigMap are ours, and what becomes of those that are not. */
class OwnedConfigMapTest {
    private static final String NAME = "pod-web-1-from-c-cfg";
    private static final String SPEC = "labelsToInclude: [app]\nannotationsToInclude: [note]";

    @TempDir
    Path directory;

    ControllerScenario scenario;

    /** The API that all of this runs against. */
    TestKubernetes startKubernetes() {
        return EmbeddedKubernetes.start();
    }

    @BeforeEach
    void start() throws IOException {
        scenario = new ControllerScenario(startKubernetes(), directory);
    }

    @AfterEach
    void stop() {
        scenario.close();
    }

    private void edit(UnaryOperator<ConfigMapBuilder> change) {
        scenario.client.configMaps().inNamespace("default").withName(NAME).edit(before -> change.apply(
                        new ConfigMapBuilder(before))
                .build());
    }

    private Map<String, String> labels() {
        return scenario.await(NAME).getMetadata().getLabels();
    }

    @Test
    void ourLabelComesBackWhenItIsChangedOrTakenAway() {
        scenario.pod("web-1", "node-2");
        scenario.config("c", SPEC);
        scenario.await(NAME);

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
        scenario.pod(
                "web-1",
                "node-2",
                "labels: {app: web}\nannotations: {note: n}",
                "containers: [{name: main, image: none}]");
        scenario.config("c", SPEC);
        assertThat(scenario.await(NAME).getData()).containsEntry("annotation_note", "n");
        edit(builder -> builder.editMetadata()
                .addToLabels("theirs", "kept")
                .addToAnnotations("theirs", "kept")
                .endMetadata()
                .addToData("theirs", "kept")
                .addToData("label_app", "changed"));
        Waits.until(() -> "web".equals(scenario.await(NAME).getData().get("label_app")));

        scenario.replace("c", "labelsToInclude: [app]");

        Waits.until(() -> !scenario.await(NAME).getData().containsKey("annotation_note"));
        ConfigMap now = scenario.await(NAME);
        assertThat(now.getData()).containsEntry("theirs", "kept");
        assertThat(now.getMetadata().getLabels()).containsEntry("theirs", "kept");
        assertThat(now.getMetadata().getAnnotations()).containsEntry("theirs", "kept");
    }

    @Test
    void aPodMadeAnewUnderTheSameNameOwnsTheConfigMap() throws IOException {
        Pod first = scenario.podHere("web-1");
        scenario.config("c", SPEC + "\nebpfConfig: {l4Firewall: {enabled: true}}");
        scenario.await(NAME);
        Waits.until(() -> scenario.programs.pods().contains(ControllerScenario.identity(first)));

        scenario.client
                .pods()
                .inNamespace("default")
                .withName("web-1")
                .withGracePeriod(0)
                .delete();
        Pod second = scenario.pod("web-1", "node-1");
        scenario.node.pod(second.getMetadata().getUid(), 200, 8, "eth0");

        assertThat(second.getMetadata().getUid())
                .isNotEqualTo(first.getMetadata().getUid());
        Waits.until(() -> scenario.configMap(NAME)
                .filter(configMap -> configMap.getMetadata().getOwnerReferences().stream()
                        .allMatch(owner ->
                                owner.getUid().equals(second.getMetadata().getUid())))
                .isPresent());
        Waits.until(() -> scenario.programs.pods().equals(java.util.Set.of(ControllerScenario.identity(second))));
    }

    @Test
    void onlyTheConfigMapThatWasSeenIsDeleted() {
        ConfigMap seen = scenario.client
                .configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("some")
                        .endMetadata()
                        .build())
                .create();
        ConfigMapWriter writer =
                new ConfigMapWriter(scenario.client, Leadership.ALWAYS, new ConfigMapOperations(new Revision()));
        scenario.client.configMaps().inNamespace("default").withName("some").edit(before -> new ConfigMapBuilder(before)
                .addToData("changed", "meanwhile")
                .build());

        writer.delete(seen);
        assertThat(scenario.configMap("some")).isPresent();

        writer.delete(scenario.configMap("some").orElseThrow());
        assertThat(scenario.configMap("some")).isEmpty();
    }
}
