package io.jbpf.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.crd.DefaultAction;
import io.jbpf.controller.node.FirewallCounts;
import io.jbpf.controller.node.NamespaceIdentity;
import io.jbpf.controller.node.NamespaceInterface;
import io.jbpf.controller.node.ProgramErrorType;
import io.jbpf.controller.node.ProgramException;
import io.jbpf.controller.node.ProgramType;
import io.jbpf.controller.node.SyscallCounts;
import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.controller.rules.SyscallRules;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The whole controller against an API server over HTTP; only the kernel is played. */
class ControllerTest extends ControllerScenario {
    static final String EBPF = """
            podSelector: {matchLabels: {app: web}}
            ebpfConfig:
              syscallMonitoring: {enabled: true, syscallNames: [read, write]}
              l4Firewall: {enabled: true, allowedPorts: [80], blockedPorts: [22], defaultAction: allow}
              metricsExport: {enabled: true, updateInterval: 1s}
            """;

    @Test
    void describesAMatchingPodInAConfigMap() {
        Pod pod = pod("web-1", "node-2", Map.of("app", "web", "example.com/team", "blue"));
        config("c", EBPF + "labelsToInclude: [app, example.com/team, missing]\nannotationsToInclude: [note]\n");

        // The first may be of before the pod's status was written.
        ConfigMap configMap = await("pod-web-1-from-c-cfg", about -> "Running"
                .equals(about.getData().get("phase")));

        assertThat(configMap.getData())
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("podName", "web-1"),
                        Map.entry("namespace", "default"),
                        Map.entry("nodeName", "node-2"),
                        Map.entry("phase", "Running"),
                        Map.entry("label_app", "web"),
                        Map.entry("label_example.com_team", "blue"),
                        Map.entry("annotation_note", "hello"),
                        Map.entry("ebpf_enabled", "true"),
                        Map.entry("ebpf_syscall_monitoring", "true"),
                        Map.entry("ebpf_l4_firewall", "true"),
                        Map.entry("ebpf_l4_firewall_default_action", "allow"),
                        Map.entry("ebpf_metrics_export", "true")));
        assertThat(configMap.getMetadata().getLabels())
                .containsEntry(PodConfigMap.GENERATED_BY, "c")
                .containsEntry(PodConfigMap.POD_UID, pod.getMetadata().getUid())
                .containsEntry(PodConfigMap.NODE, "node-2");
        assertThat(configMap.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getUid()).isEqualTo(pod.getMetadata().getUid());
            assertThat(owner.getBlockOwnerDeletion()).isNull();
        });
    }

    @Test
    void deletesTheConfigMapWhenThePodStopsMatching() {
        pod("web-1", "node-2", Map.of("app", "web"));
        config("c", EBPF);
        await("pod-web-1-from-c-cfg");

        client.pods().inNamespace("default").withName("web-1").edit(pod -> new PodBuilder(pod)
                .editMetadata()
                .addToLabels("app", "other")
                .endMetadata()
                .build());

        Waits.until(() -> configMap("pod-web-1-from-c-cfg").isEmpty());
    }

    @Test
    void takesEverythingAwayWhenTheConfigGoes() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        await("pod-web-1-from-c-cfg");
        Waits.until(() -> programs.attached(identity(pod)).size() == 2);

        configs().withName("c").delete();

        Waits.until(() -> programs.pods().isEmpty());
        Waits.until(() -> configMap("pod-web-1-from-c-cfg").isEmpty());
    }

    @Test
    void takesEverythingAwayWhenThePodGoes() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        await("pod-web-1-from-c-cfg");
        Waits.until(() -> programs.attached(identity(pod)).size() == 2);

        // No kubelet is here to end it.
        client.pods()
                .inNamespace("default")
                .withName("web-1")
                .withGracePeriod(0)
                .delete();

        Waits.until(() -> programs.pods().isEmpty());
        Waits.until(() -> configMap("pod-web-1-from-c-cfg").isEmpty());
        Waits.until(() -> status("c", "matchedPods").equals(Optional.of(0)));
    }

    @Test
    void leavesAConfigMapThatIsSomebodyElsesAloneAndSaysSo() {
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
        pod("web-1", "node-2", Map.of("app", "web"));
        config("c", EBPF);

        awaitCondition("c", "Ready", "False", "ConfigMapNotOurs");
        assertThat(await("pod-web-1-from-c-cfg").getData()).containsExactly(Map.entry("precious", "yes"));
    }

    @Test
    void putsBackWhatOthersChangeAndLeavesWhatTheyAdd() {
        pod("web-1", "node-2", Map.of("app", "web"));
        config("c", EBPF);
        await("pod-web-1-from-c-cfg");

        client.configMaps()
                .inNamespace("default")
                .withName("pod-web-1-from-c-cfg")
                .edit(configMap -> new ConfigMapBuilder(configMap)
                        .editMetadata()
                        .addToLabels("theirs", "kept")
                        .endMetadata()
                        .addToData("nodeName", "elsewhere")
                        .build());

        Waits.until(
                () -> "node-2".equals(await("pod-web-1-from-c-cfg").getData().get("nodeName")));
        assertThat(await("pod-web-1-from-c-cfg").getMetadata().getLabels()).containsEntry("theirs", "kept");
    }

    @Test
    void attachesBothProgramsToAPodOfThisNode() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);

        awaitAttached("c");
        awaitCondition("c", "Ready", "True", "Reconciled");
        assertThat(status("c", "observedGeneration")).contains(1);
        assertThat(programs.counted(identity(pod))).contains(SyscallRules.of(Set.of("read", "write")));
        assertThat(programs.filtered(identity(pod))).hasValueSatisfying(filter -> {
            assertThat(filter.network().interfaces())
                    .extracting(NamespaceInterface::name)
                    .containsExactly("eth0");
            assertThat(filter.rules()).isEqualTo(FirewallRules.of(Set.of(80), Set.of(22), DefaultAction.ALLOW));
        });
    }

    @Test
    void attachesAsSoonAsThePodsProcessesAppear() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"), "Pending");
        config("c", EBPF);
        awaitCondition("c", "EbpfReady", "False", "PodsStarting");

        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");

        awaitAttached("c");
    }

    @Test
    void saysThatARunningPodHasNoCgroupAndAttachesWhenItHas() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        config("c", EBPF);
        assertThat(awaitCondition("c", "EbpfReady", "False", "NoCgroup")).contains("CGROUP_ROOT");

        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");

        awaitCondition("c", "EbpfReady", "True", "Attached");
    }

    @Test
    void aNewContainerIsNoticedWithoutAnyEventOfThePod() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        String uid = pod.getMetadata().getUid();
        node.pod(uid, 100, 7, "eth0");
        config("c", EBPF);
        awaitCondition("c", "EbpfReady", "True", "Attached");

        // The sandbox is made anew: another namespace.
        node.replaceNetwork(7, 5000);
        Path container = node.cgroup("kubepods/burstable/pod" + uid + "/restarted", "100\n");

        long before = System.nanoTime();
        Waits.until(() -> programs.filtered(identity(pod))
                .filter(filter -> filter.network().identity().namespace().equals(new NamespaceIdentity.ByCookie(5000)))
                .isPresent());
        // And not when it would have been looked at anyway.
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        assertThat(container).exists();
    }

    @Test
    void bringsAttachedProgramsToNewRules() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitAttached("c");

        replace("c", EBPF.replace("[22]", "[22, 23]"));

        Waits.until(() -> programs.filtered(identity(pod))
                .filter(filter -> filter.rules().blocked().contains(23))
                .isPresent());
    }

    @Test
    void saysWhichPodsAreOnOtherNodes() {
        pod("web-1", "node-2", Map.of("app", "web"));
        config("c", EBPF);

        assertThat(awaitCondition("c", "EbpfReady", "False", "NodeNotCovered")).contains("web-1");
    }

    @Test
    void refusesToFilterTheNodesOwnNetworkButCounts() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.hostNetworkPod(pod.getMetadata().getUid(), 100);
        config("c", EBPF);

        assertThat(awaitCondition("c", "EbpfReady", "False", "HostNetwork")).contains("hostNetwork");
        assertThat(programs.attached(identity(pod))).containsExactly(ProgramType.SYSCALL_COUNTER);
    }

    @Test
    void aConfigThatMakesNoSenseIsToldSoAndTheOthersGoOn() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("bad", "ebpfConfig: {l4Firewall: {enabled: true, blockedPorts: [70000]}}");
        config("worse", "ebpfConfig: [not, even, an, object]");
        config("good", EBPF);

        awaitAttached("good");
        assertThat(awaitCondition("bad", "Ready", "False", "InvalidSpec"))
                .contains("spec.ebpfConfig.l4Firewall.blockedPorts[0]", "70000");
        assertThat(awaitCondition("worse", "Ready", "False", "InvalidSpec")).contains("spec.ebpfConfig");
        assertThat(configMap("pod-web-1-from-bad-cfg")).isEmpty();
    }

    @Test
    void aConfigEditedIntoNonsenseStaysInForceAsItWas() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitAttached("c");

        replace("c", EBPF.replace("[22]", "[22, 0]"));

        assertThat(awaitCondition("c", "Ready", "False", "InvalidSpec")).contains("stay in force");
        assertThat(programs.filtered(identity(pod)))
                .hasValueSatisfying(
                        filter -> assertThat(filter.rules().blocked()).containsExactly(22));
    }

    @Test
    void reportsPortsThatAreInBothLists() {
        config("c", EBPF.replace("[80]", "[80, 22]"));

        assertThat(awaitCondition("c", "PortsOverlap", "True", "BlockedWins")).contains("22");
    }

    @Test
    void aPodThatHasEndedKeepsItsConfigMapOnly() throws IOException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitAttached("c");

        client.pods().inNamespace("default").withName("web-1").editStatus(running -> new PodBuilder(running)
                .editStatus()
                .withPhase("Succeeded")
                .endStatus()
                .build());

        Waits.until(() -> programs.pods().isEmpty());
        Waits.until(
                () -> "Succeeded".equals(await("pod-web-1-from-c-cfg").getData().get("phase")));
    }

    @Test
    void servesTheDocumentedMetrics() throws IOException, InterruptedException {
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);
        awaitAttached("c");
        programs.setCounts(
                identity(pod),
                new SyscallCounts(Map.of(100, 1500L), Map.of("read", 1000L, "write", 600L)),
                new FirewallCounts(100, 5, 90, 15));

        String labels = "{namespace=\"default\",pod_name=\"web-1\"";
        Waits.until(() -> scrape("/metrics").contains(labels.substring(1) + ",pid=\"100\"")
                || scrape("/metrics").contains("pid=\"100\""));
        List<String> lines = scrape("/metrics").lines().toList();

        String prefix = "podconfigmap_controller_ebpf_";
        assertThat(lines)
                .contains(
                        prefix + "syscall_count_total{namespace=\"default\",pid=\"100\",pod_name=\"web-1\"} 1500.0",
                        prefix + "pod_syscalls_total" + labels + ",syscall=\"read\"} 1000.0",
                        prefix + "l4_firewall_total" + labels + ",stat_type=\"allowed\"} 100.0",
                        prefix + "l4_firewall_total" + labels + ",stat_type=\"blocked\"} 5.0",
                        prefix + "attached_programs" + labels + ",program_type=\"syscall_counter\"} 1.0",
                        prefix + "attached_programs" + labels + ",program_type=\"l4_firewall\"} 1.0");
    }

    @Test
    void countsFailuresByKind() throws IOException {
        programs.refuse(
                new ProgramException(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "It was refused.", null));
        Pod pod = pod("web-1", "node-1", Map.of("app", "web"));
        node.pod(pod.getMetadata().getUid(), 100, 7, "eth0");
        config("c", EBPF);

        assertThat(awaitCondition("c", "EbpfReady", "False", "AttachFailed")).contains("It was refused.");
        Waits.until(() -> scrape("/metrics")
                .contains("podconfigmap_controller_ebpf_program_errors_total{error_type=\"attach_failed\","
                        + "namespace=\"default\",pod_name=\"web-1\",program_type=\"l4_firewall\"}"));
    }

    @Test
    void isReadyOnceEverythingWasListedAndTheKernelCanBeUsed() {
        Waits.until(() -> scrape("/readyz").equals("ok\n"));

        programs.setUnusable(Optional.of("no BPF map can be made"));
        assertThat(scrape("/readyz")).isEqualTo("no BPF map can be made\n");
        programs.setUnusable(Optional.empty());
        assertThat(scrape("/readyz")).isEqualTo("ok\n");
        assertThat(scrape("/healthz")).isEqualTo("ok\n");
    }

    final Pod pod(String name, String nodeName, Map<String, String> labels) {
        return pod(name, nodeName, labels, "Running");
    }

    private Pod pod(String name, String nodeName, Map<String, String> labels, String phase) {
        return kubernetes.createPod(new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .withLabels(labels)
                .addToAnnotations("note", "hello")
                .endMetadata()
                .withNewSpec()
                .withNodeName(nodeName)
                .addNewContainer()
                .withName("main")
                .withImage("web")
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build());
    }
}
