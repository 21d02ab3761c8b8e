package io.jbpf.controller.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a real API server makes of deploy/crd.yaml. */
@RealApiServer
class CrdOnApiServerTest {
    private static final int UNPROCESSABLE = 422;

    @TempDir
    private Path directory;

    private final RealKubernetes kubernetes;
    private KubernetesClient client;

    CrdOnApiServerTest(KubeApiServer server) {
        kubernetes = RealKubernetes.on(server);
    }

    @BeforeEach
    void define() {
        kubernetes.define(CrdManifest.file());
        client = kubernetes.client();
    }

    @AfterEach
    void close() {
        client.close();
        kubernetes.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    spec.podSelector | podSelector: everything
                    spec.podSelector.matchExpressions.operator | podSelector: {matchExpressions: [{key: a, operator: Near}]}
                    spec.podSelector.matchExpressions.key | podSelector: {matchExpressions: [{operator: Exists}]}
                    spec.labelsToInclude | labelsToInclude: ["a b"]
                    spec.labelsToInclude | labelsToInclude: [""]
                    spec.annotationsToInclude | annotationsToInclude: ["a/b/c"]
                    spec.ebpfConfig | ebpfConfig: [not, an, object]
                    spec.ebpfConfig.syscallMonitoring.enabled | ebpfConfig: {syscallMonitoring: {enabled: "yes"}}
                    spec.ebpfConfig.syscallMonitoring.syscallNames | ebpfConfig: {syscallMonitoring: {syscallNames: [rm -rf]}}
                    spec.ebpfConfig.l4Firewall.allowedPorts | ebpfConfig: {l4Firewall: {allowedPorts: [65536]}}
                    spec.ebpfConfig.l4Firewall.blockedPorts | ebpfConfig: {l4Firewall: {blockedPorts: [0]}}
                    spec.ebpfConfig.l4Firewall.blockedPorts | ebpfConfig: {l4Firewall: {blockedPorts: [22.5]}}
                    spec.ebpfConfig.l4Firewall.blockedPorts | ebpfConfig: {l4Firewall: {blockedPorts: ["22"]}}
                    spec.ebpfConfig.l4Firewall.defaultAction | ebpfConfig: {l4Firewall: {defaultAction: drop}}
                    spec.ebpfConfig.metricsExport.updateInterval | ebpfConfig: {metricsExport: {updateInterval: "30"}}
                    spec.ebpfConfig.metricsExport.updateInterval | ebpfConfig: {metricsExport: {updateInterval: "-1s"}}
                    spec.ebpfConfig.metricsExport.updateInterval | ebpfConfig: {metricsExport: {updateInterval: "5 m"}}
                    """)
    void whatMakesNoSenseIsRefusedByItsField(String field, String spec) {
        assertThatThrownBy(() -> create(spec))
                .isInstanceOfSatisfying(KubernetesClientException.class, refusal -> assertThat(refusal.getCode())
                        .isEqualTo(UNPROCESSABLE))
                .hasMessageContaining(field);
    }

    @Test
    void tooManyPortsAreRefused() {
        List<Integer> ports = IntStream.rangeClosed(1, 1025).boxed().toList();

        assertThatThrownBy(() -> create("ebpfConfig: {l4Firewall: {allowedPorts: " + ports + "}}"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("spec.ebpfConfig.l4Firewall.allowedPorts");
    }

    @Test
    void whatABlockLeavesOutIsFilledIn() {
        GenericKubernetesResource created =
                create("ebpfConfig: {syscallMonitoring: {}, l4Firewall: {}, metricsExport: {enabled: true}}");

        assertThat(created.<Map<String, Object>>get("spec", "ebpfConfig"))
                .isEqualTo(Map.of(
                        "syscallMonitoring", Map.of("enabled", false),
                        "l4Firewall", Map.of("enabled", false, "defaultAction", "allow"),
                        "metricsExport", Map.of("enabled", true, "updateInterval", "30s")));
    }

    @Test
    void anAbsentBlockStaysAbsent() {
        assertThat(create("{}").<Map<String, Object>>get("spec")).isEmpty();
    }

    @Test
    void aStatusIsNoChangeOfTheSpec() {
        GenericKubernetesResource created = create("{}");
        created.setAdditionalProperty("status", Map.of("matchedPods", 3));
        created.setAdditionalProperty("spec", Map.of("labelsToInclude", List.of("app")));

        GenericKubernetesResource written = client.resource(created).updateStatus();

        assertThat(written.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(written.<Integer>get("status", "matchedPods")).isEqualTo(3);
        assertThat(written.<Map<String, Object>>get("spec")).isEmpty();
    }

    @Test
    void conditionsAreToldApartByTheirType() {
        create("{}");
        applyCondition("one", "Ready", "True");
        applyCondition("two", "Other", "True");
        GenericKubernetesResource now = applyCondition("one", "Ready", "False");

        assertThat(now.<List<Map<String, String>>>get("status", "conditions"))
                .extracting(condition -> condition.get("type") + "=" + condition.get("status"))
                .containsExactlyInAnyOrder("Ready=False", "Other=True");
    }

    private GenericKubernetesResource applyCondition(String manager, String type, String status) {
        GenericKubernetesResource patch = resource("{}");
        patch.setAdditionalProperty(
                "status",
                Map.of(
                        "conditions",
                        List.of(Map.of(
                                "type", type,
                                "status", status,
                                "reason", "Tested",
                                "message", "Everything is as it shall be.",
                                "lastTransitionTime", "2026-01-01T00:00:00Z"))));
        return client.resource(patch)
                .subresource("status")
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                .withFieldManager(manager)
                                .build(),
                        patch);
    }

    @Test
    @RequiresTool("kubectl")
    void peopleSeeWhatMatters() throws IOException, InterruptedException {
        Path kubeconfig = kubernetes.writeKubeconfig(directory.resolve("kubeconfig"));
        GenericKubernetesResource created = create("{}");
        created.setAdditionalProperty("status", Map.of("matchedPods", 3, "attachedPods", 2));
        client.resource(created).updateStatus();

        List<String> lines = Tool.run("kubectl", "--kubeconfig", kubeconfig.toString(), "get", "pcmc")
                .lines()
                .toList();

        assertThat(lines.get(0).split(" +")).containsExactly("NAME", "READY", "MATCHED", "ATTACHED", "AGE");
        assertThat(lines.get(1)).matches("c +3 +2 +[0-9]+s");
    }

    private GenericKubernetesResource create(String spec) {
        return client.resource(resource(spec)).create();
    }

    private static GenericKubernetesResource resource(String spec) {
        return Serialization.unmarshal(
                "apiVersion: podconfig.example.com/v1alpha1\nkind: PodConfigMapConfig\n"
                        + "metadata: {name: c, namespace: default}\nspec:\n" + spec.indent(2),
                GenericKubernetesResource.class);
    }
}
