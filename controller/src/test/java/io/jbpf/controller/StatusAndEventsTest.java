package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the user of a resource is told, in its conditions and in Events. */
class StatusAndEventsTest extends ControllerScenario {
    private static final String FIREWALL = "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22]}}";
    private static final String PREFIX = "podconfigmap_controller_";

    @Test
    void aConfigThatMatchesNoPodDoesNotClaimThatAllHaveTheirPrograms() throws IOException {
        config("c", FIREWALL);

        assertThat(awaitCondition("c", "EbpfReady", "Unknown", "NoMatchingPods"))
                .contains("podSelector");

        podHere("web-1");
        awaitCondition("c", "EbpfReady", "True", "Attached");
    }

    @Test
    void severalConfigsOnOnePodAreMergedAndSaySo() throws IOException {
        Pod pod = podHere("web-1");
        config("a", """
                ebpfConfig:
                  syscallMonitoring: {enabled: true, syscallNames: [read]}
                  l4Firewall: {enabled: true, blockedPorts: [22]}
                """);
        config("b", """
                ebpfConfig:
                  syscallMonitoring: {enabled: true}
                  l4Firewall: {enabled: true, allowedPorts: [22, 80], defaultAction: block}
                """);

        assertThat(awaitCondition("a", "Merged", "True", "SeveralConfigs")).contains("(b)", "web-1");
        assertThat(awaitCondition("b", "Merged", "True", "SeveralConfigs")).contains("(a)");
        awaitCondition("a", "EbpfReady", "True", "Attached");
        FirewallRules rules = programs.filtered(identity(pod)).orElseThrow().rules();
        assertThat(rules.passes(80)).isTrue();
        assertThat(rules.passes(22)).isFalse();
        assertThat(rules.passes(81)).isFalse();
        assertThat(programs.counted(identity(pod))).contains(SyscallRules.ALL);

        configs().withName("b").delete();

        awaitNoCondition("a", "Merged");
        Waits.until(() -> programs.filtered(identity(pod))
                .filter(filter -> filter.rules().passes(81))
                .isPresent());
    }

    @Test
    void probesThatTheRulesRefuseAreToldAndTheRulesStayInForce() throws IOException {
        Pod pod = pod("web-1", "node-1", "labels: {app: web}", """
                containers:
                - name: front
                  image: none
                  ports: [{name: health, containerPort: 8081}]
                  livenessProbe: {httpGet: {port: health}}
                  readinessProbe: {tcpSocket: {port: 8081}}
                """);
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [8081]}}");

        assertThat(awaitCondition("c", "ProbePortBlocked", "True", "RulesRefuseProbes"))
                .contains("pod web-1", "container front", "port 8081", "liveness and readiness");
        Event event = awaitEvent("web-1", "ProbePortBlocked");
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getInvolvedObject().getKind()).isEqualTo("Pod");
        assertThat(event.getInvolvedObject().getUid())
                .isEqualTo(pod.getMetadata().getUid());
        assertThat(event.getMessage()).contains("pod web-1", "container front", "port 8081");
        awaitEvent("c", "ProbePortBlocked");
        assertThat(programs.filtered(identity(pod)).orElseThrow().rules().passes(8081))
                .isFalse();

        replace("c", "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [22]}}");

        awaitNoCondition("c", "ProbePortBlocked");
    }

    @Test
    void podsOfOtherNodesAreCountedAndTenAreNamed() {
        for (int i = 10; i < 22; i++) {
            pod("web-" + i, "node-2");
        }
        config("c", FIREWALL);

        awaitCondition("c", "Ready", "True", "Reconciled");
        Waits.until(() ->
                awaitCondition("c", "EbpfReady", "False", "NodeNotCovered").startsWith("12 pods are"));
        assertThat(awaitCondition("c", "EbpfReady", "False", "NodeNotCovered"))
                .contains("web-10, web-11, web-12, web-13, web-14, web-15, web-16, web-17, web-18, web-19, …")
                .doesNotContain("web-20");
        awaitMetric(PREFIX + "pods_not_covered 12.0");
        awaitMetric(PREFIX + "active_configmaps{namespace=\"default\",pcmc_name=\"c\"} 12.0");
        awaitMetric(PREFIX + "pcmc_status{name=\"c\",namespace=\"default\"} 1.0");
    }

    @Test
    void aFailureAndItsEndAreToldInEvents() throws IOException {
        programs.refuse(
                new ProgramException(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "It was refused.", null));
        podHere("web-1");
        config("c", FIREWALL);

        assertThat(awaitEvent("web-1", "AttachFailed"))
                .returns("Warning", Event::getType)
                .returns("It was refused.", Event::getMessage);
        assertThat(awaitEvent("c", "AttachFailed").getInvolvedObject().getKind())
                .isEqualTo("PodConfigMapConfig");

        programs.refuse(null);
        touch("web-1");

        assertThat(awaitEvent("web-1", "Recovered").getType()).isEqualTo("Normal");
        assertThat(awaitEvent("c", "Recovered").getType()).isEqualTo("Normal");
    }

    @Test
    void aConfigThatIsRefusedIsToldInAnEvent() {
        config("c", FIREWALL.replace("22", "70000"));

        assertThat(awaitEvent("c", "InvalidSpec").getMessage())
                .contains("spec.ebpfConfig.l4Firewall.blockedPorts[0]", "70000");
        awaitMetric(PREFIX + "pcmc_status{name=\"c\",namespace=\"default\"} 0.0");

        configs().withName("c").delete();

        Waits.until(() -> !scrape("/metrics").contains("pcmc_status{"));
    }

    @Test
    void aConfigMapThatIsInTheWayIsToldInAnEvent() {
        client.configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("pod-web-1-from-c-cfg")
                        .endMetadata()
                        .addToData("precious", "yes")
                        .build())
                .create();
        pod("web-1", "node-2");
        config("c", FIREWALL);

        assertThat(awaitEvent("c", "ConfigMapNotOurs").getMessage()).contains("pod-web-1-from-c-cfg");
        awaitCondition("c", "Ready", "False", "ConfigMapNotOurs");
        assertThat(await("pod-web-1-from-c-cfg").getData()).containsExactly(Map.entry("precious", "yes"));
        Waits.until(() -> scrape("/metrics").contains("operation=\"update\",result=\"not_ours\"}"));
    }
}
