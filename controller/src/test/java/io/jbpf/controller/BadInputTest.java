package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whatever users write, as an API server without a schema would let it through: one config suffers, and is told. */
class BadInputTest extends ControllerScenario {
    private static final String GOOD = "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22]}}";

    @Test
    void eachConfigThatMakesNoSenseNamesFieldAndValueAndTheOthersGoOn() throws IOException {
        Map<String, String> wrong = Map.of(
                "updateInterval: \"30\" ", "ebpfConfig: {metricsExport: {enabled: true, updateInterval: '30'}}",
                "updateInterval: \"-1s\" ", "ebpfConfig: {metricsExport: {enabled: true, updateInterval: '-1s'}}",
                "updateInterval: \"5 m\" ", "ebpfConfig: {metricsExport: {enabled: true, updateInterval: '5 m'}}",
                "operator: \"Near\" ", "podSelector: {matchExpressions: [{key: a, operator: Near, values: [b]}]}",
                "matchLabels[\"app\"]: \"not a value\" ", "podSelector: {matchLabels: {app: not a value}}",
                "labelsToInclude[0]: \"a b\" ", "labelsToInclude: [a b]");
        int number = 0;
        for (String spec : wrong.values()) {
            config("wrong-" + number++, spec);
        }
        podHere("web-1");
        config("good", GOOD);

        awaitCondition("good", "EbpfReady", "True", "Attached");
        number = 0;
        for (String said : wrong.keySet()) {
            assertThat(awaitCondition("wrong-" + number++, "Ready", "False", "InvalidSpec"))
                    .contains(said);
        }
    }

    @Test
    void labelsAndAnnotationsOfEveryShapeAreDescribed() {
        String longest = "v".repeat(63);
        String binary = "\u0001\u007f PK\u0003\u0004 \u00ff\ufffd \uD83D\uDC1D\r\n\t\"\\";
        Pod pod = pod("web-1", "node-2", "labels: {app: web}", "containers: [{name: main, image: none}]");
        client.pods().inNamespace("default").withName("web-1").edit(before -> new PodBuilder(before)
                .editMetadata()
                .addToLabels("team.example.com/role.of-it", longest)
                .addToLabels("empty", "")
                .addToAnnotations("example.com/blob", binary)
                .endMetadata()
                .build());
        config("c", "labelsToInclude: [team.example.com/role.of-it, empty]\nannotationsToInclude: [example.com/blob]");

        awaitCondition("c", "Ready", "True", "Reconciled");
        assertThat(await(PodConfigMap.name(pod.getMetadata().getName(), "c")).getData())
                .containsEntry("label_team.example.com_role.of-it", longest)
                .containsEntry("label_empty", "")
                .containsEntry("annotation_example.com_blob", binary);
    }

    @Test
    void aPodWithoutLabelsIsSelectedWhereNothingIsAskedOfThem() {
        pod("bare", "node-2", "annotations: {}", "containers: [{name: main, image: none}]");
        config("every", "labelsToInclude: [app]");
        config("without", "podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}");
        config("with", "podSelector: {matchExpressions: [{key: app, operator: Exists}]}");

        await("pod-bare-from-every-cfg");
        await("pod-bare-from-without-cfg");
        assertThat(awaitCondition("with", "Ready", "True", "Reconciled")).contains("match: 0");
    }

    @Test
    void aConfigNameOf253CharactersGivesNamesAndLabelsThatAreLegal() {
        String name = "c" + ".long".repeat(50) + "er";
        assertThat(name).hasSize(253);
        pod("web-1", "node-2");
        config(name, GOOD);

        awaitCondition(name, "Ready", "True", "Reconciled");
        String configMap = PodConfigMap.name("web-1", name);
        assertThat(configMap).hasSizeLessThanOrEqualTo(253).endsWith("-cfg");
        assertThat(await(configMap).getMetadata().getLabels().get(PodConfigMap.GENERATED_BY))
                .hasSizeLessThanOrEqualTo(63)
                .matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");

        configs().withName(name).delete();

        Waits.until(() -> configMap(configMap).isEmpty());
    }

    @Test
    void whatIsLargerThanAConfigMapMayBeIsToldAndTheOtherConfigIsWritten() {
        pod(
                "web-1",
                "node-2",
                "labels: {app: web}\nannotations: {huge: " + "x".repeat((1 << 20) + 1) + ", small: s}",
                "containers: [{name: main, image: none}]");
        config("large", "annotationsToInclude: [small, huge]");
        config("small", "annotationsToInclude: [small]");

        assertThat(awaitCondition("large", "Ready", "False", "ConfigMapTooLarge"))
                .contains("web-1", "annotation_huge", "1 MiB");
        awaitCondition("small", "Ready", "True", "Reconciled");
        assertThat(configMap("pod-web-1-from-large-cfg")).isEmpty();
    }

    @Test
    void twoEditsThatMakeNoSenseLeaveInForceWhatWas() throws IOException {
        Pod pod = podHere("web-1");
        config("c", GOOD);
        awaitCondition("c", "EbpfReady", "True", "Attached");

        replace("c", "ebpfConfig: 5");
        awaitCondition("c", "Ready", "False", "InvalidSpec");
        replace("c", "ebpfConfig: {l4Firewall: {enabled: true, defaultAction: perhaps}}");
        Waits.until(() -> awaitCondition("c", "Ready", "False", "InvalidSpec").contains("perhaps"));

        assertThat(programs.filtered(identity(pod)))
                .hasValueSatisfying(
                        filter -> assertThat(filter.rules().blocked()).containsExactly(22));
        assertThat(configMap("pod-web-1-from-c-cfg")).isPresent();
    }
}
