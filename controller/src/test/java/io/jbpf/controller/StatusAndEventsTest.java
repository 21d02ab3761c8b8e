package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.kubernetes.TestKubernetes;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the user of a resource is told, in its conditions and in Events. */
class StatusAndEventsTest {
    private static final String FIREWALL = "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22]}}";
    private static final String PREFIX = "podconfigmap_controller_";

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

    @Test
    void severalConfigsOnOnePodAreMergedAndSaySo() throws IOException {
        Pod pod = scenario.podHere("web-1");
        scenario.config("a", """
                ebpfConfig:
                  syscallMonitoring: {enabled: true, syscallNames: [read]}
                  l4Firewall: {enabled: true, blockedPorts: [22]}
                """);
        scenario.config("b", """
                ebpfConfig:
                  syscallMonitoring: {enabled: true}
                  l4Firewall: {enabled: true, allowedPorts: [22, 80], defaultAction: block}
                """);

        assertThat(scenario.awaitCondition("a", "Merged", "True", "SeveralConfigs"))
                .contains("(b)", "web-1");
        assertThat(scenario.awaitCondition("b", "Merged", "True", "SeveralConfigs"))
                .contains("(a)");
        scenario.awaitCondition("a", "EbpfReady", "True", "Attached");
        FirewallRules rules = scenario.programs
                .filtered(ControllerScenario.identity(pod))
                .orElseThrow()
                .rules();
        assertThat(rules.passes(80)).isTrue();
        assertThat(rules.passes(22)).isFalse();
        assertThat(rules.passes(81)).isFalse();
        assertThat(scenario.programs.counted(ControllerScenario.identity(pod))).contains(SyscallRules.ALL);

        scenario.configs().withName("b").delete();

        scenario.awaitNoCondition("a", "Merged");
        Waits.until(() -> scenario.programs
                .filtered(ControllerScenario.identity(pod))
                .filter(filter -> filter.rules().passes(81))
                .isPresent());
    }

    @Test
    void probesThatTheRulesRefuseAreToldAndTheRulesStayInForce() throws IOException {
        Pod pod = scenario.pod("web-1", "node-1", "labels: {app: web}", """
                containers:
                - name: front
                  image: none
                  ports: [{name: health, containerPort: 8081}]
                  livenessProbe: {httpGet: {port: health}}
                  readinessProbe: {tcpSocket: {port: 8081}}
                """);
        scenario.node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        scenario.config("c", "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [8081]}}");

        assertThat(scenario.awaitCondition("c", "ProbePortBlocked", "True", "RulesRefuseProbes"))
                .contains("pod web-1", "container front", "port 8081", "liveness and readiness");
        Event event = scenario.awaitEvent("web-1", "ProbePortBlocked");
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getInvolvedObject().getKind()).isEqualTo("Pod");
        assertThat(event.getInvolvedObject().getUid())
                .isEqualTo(pod.getMetadata().getUid());
        assertThat(event.getMessage()).contains("pod web-1", "container front", "port 8081");
        scenario.awaitEvent("c", "ProbePortBlocked");
        assertThat(scenario.programs
                        .filtered(ControllerScenario.identity(pod))
                        .orElseThrow()
                        .rules()
                        .passes(8081))
                .isFalse();

        scenario.replace("c", "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22]}}");

        scenario.awaitNoCondition("c", "ProbePortBlocked");
    }

    @Test
    void podsOfOtherNodesAreCountedAndTenAreNamed() {
        for (int i = 10; i < 22; i++) {
            scenario.pod("web-" + i, "node-2");
        }
        scenario.config("c", FIREWALL);

        scenario.awaitCondition("c", "Ready", "True", "Reconciled");
        Waits.until(() -> scenario.awaitCondition("c", "EbpfReady", "False", "NodeNotCovered")
                .startsWith("12 pods are"));
        assertThat(scenario.awaitCondition("c", "EbpfReady", "False", "NodeNotCovered"))
                .contains("web-10, web-11, web-12, web-13, web-14, web-15, web-16, web-17, web-18, web-19, …")
                .doesNotContain("web-20");
        scenario.awaitMetric(PREFIX + "pods_not_covered 12.0");
        scenario.awaitMetric(PREFIX + "active_configmaps{namespace=\"default\",pcmc_name=\"c\"} 12.0");
        scenario.awaitMetric(PREFIX + "pcmc_status{name=\"c\",namespace=\"default\"} 1.0");
    }

    @Test
    void aFailureAndItsEndAreToldInEvents() throws IOException {
        scenario.programs.refuse(
                new ProgramException(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "It was refused.", null));
        scenario.podHere("web-1");
        scenario.config("c", FIREWALL);

        assertThat(scenario.awaitEvent("web-1", "AttachFailed"))
                .returns("Warning", Event::getType)
                .returns("It was refused.", Event::getMessage);
        assertThat(scenario.awaitEvent("c", "AttachFailed").getInvolvedObject().getKind())
                .isEqualTo("PodConfigMapConfig");

        scenario.programs.refuse(null);
        scenario.touch("web-1");

        assertThat(scenario.awaitEvent("web-1", "Recovered").getType()).isEqualTo("Normal");
        assertThat(scenario.awaitEvent("c", "Recovered").getType()).isEqualTo("Normal");
    }

    @Test
    void aConfigThatIsRefusedIsToldInAnEvent() {
        scenario.config("c", FIREWALL.replace("22", "70000"));

        assertThat(scenario.awaitEvent("c", "InvalidSpec").getMessage())
                .contains("spec.ebpfConfig.l4Firewall.blockedPorts[0]", "70000");
        scenario.awaitMetric(PREFIX + "pcmc_status{name=\"c\",namespace=\"default\"} 0.0");

        scenario.configs().withName("c").delete();

        Waits.until(() -> !scenario.scrape("/metrics").contains("pcmc_status{"));
    }

    @Test
    void aConfigMapThatIsInTheWayIsToldInAnEvent() {
        scenario.client
                .configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("pod-web-1-from-c-cfg")
                        .endMetadata()
                        .addToData("precious", "yes")
                        .build())
                .create();
        scenario.pod("web-1", "node-2");
        scenario.config("c", FIREWALL);

        assertThat(scenario.awaitEvent("c", "ConfigMapNotOurs").getMessage()).contains("pod-web-1-from-c-cfg");
        scenario.awaitCondition("c", "Ready", "False", "ConfigMapNotOurs");
        assertThat(scenario.await("pod-web-1-from-c-cfg").getData()).containsExactly(Map.entry("precious", "yes"));
        Waits.until(() -> scenario.scrape("/metrics").contains("operation=\"update\",result=\"not_ours\"}"));
    }
}
