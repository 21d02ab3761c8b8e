package io.jbpf.controller.demo;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.cluster.PodConfigMap;
import io.jbpf.controller.crd.EbpfConfig;
import io.jbpf.controller.crd.MetricsExport;
import io.jbpf.controller.crd.PodConfigMapConfig;
import io.jbpf.controller.crd.PodConfigMapConfigSpec;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** A cluster of one node and one pod, as its API shows it. */
final class DemoCluster implements AutoCloseable {
    static final String NODE = "demo-node";
    static final String NAMESPACE = "default";
    static final String POD = "my-app";

    /** How often the kernel is read: nobody wants to watch a demonstration for the example's half minute. */
    static final String UPDATE_INTERVAL = "1s";

    private final EmbeddedKubernetes api;
    private final KubernetesClient client;

    private DemoCluster(EmbeddedKubernetes api) {
        this.api = api;
        this.client = api.client();
    }

    /** Starts an API that knows the resource. */
    static DemoCluster start(Path crd) {
        EmbeddedKubernetes api = EmbeddedKubernetes.start();
        try {
            api.define(crd);
            return new DemoCluster(api);
        } catch (RuntimeException e) {
            api.close();
            throw e;
        }
    }

    String url() {
        return api.url();
    }

    /** Writes the file that kubectl finds this API by. */
    void writeKubeconfig(Path file) {
        Path unused = api.writeKubeconfig(file);
    }

    /** {@return another client} */
    KubernetesClient client() {
        return api.client();
    }

    /** Creates the pod, scheduled to the node but not running yet; answers its UID. */
    String createPod(Map<String, String> labels) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(POD)
                .withUid(UUID.randomUUID().toString())
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("web")
                .withImage("jbpf-demo")
                .addNewPort()
                .withContainerPort(DemoPod.ALLOWED_PORT)
                .endPort()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
        return client.pods().resource(pod).create().getMetadata().getUid();
    }

    /** Reports the pod as running, as a kubelet does. */
    void reportRunning(String address) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Pod unused = client.pods().inNamespace(NAMESPACE).withName(POD).editStatus(pod -> new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .addNewPodIP(address)
                .withStartTime(now)
                .withQosClass("BestEffort")
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastTransitionTime(now)
                .endCondition()
                .addNewContainerStatus()
                .withName("web")
                .withImage("jbpf-demo")
                .withReady(true)
                .withStarted(true)
                .withRestartCount(0)
                .endContainerStatus()
                .endStatus()
                .build());
    }

    /** Reads the example and has it report more often, which is all that is changed. */
    static PodConfigMapConfig example(Path manifest) {
        PodConfigMapConfig config;
        try {
            config = Serialization.unmarshal(Files.readString(manifest), PodConfigMapConfig.class);
        } catch (IOException e) {
            throw new DemoFailure("Cannot read " + manifest + ": " + Belongings.reason(e), e);
        }
        PodConfigMapConfigSpec spec = config.getSpec();
        EbpfConfig ebpf = Objects.requireNonNull(spec.ebpfConfig(), "the example is about eBPF");
        config.setSpec(new PodConfigMapConfigSpec(
                spec.podSelector(),
                spec.labelsToInclude(),
                spec.annotationsToInclude(),
                new EbpfConfig(ebpf.syscallMonitoring(), ebpf.l4Firewall(), new MetricsExport(true, UPDATE_INTERVAL))));
        return config;
    }

    /** {@return the labels of the pods that a config is about} */
    static Map<String, String> selectedLabels(PodConfigMapConfig config) {
        return Objects.requireNonNull(config.getSpec().podSelector(), "the example selects")
                .getMatchLabels();
    }

    /** Creates the config. */
    void create(PodConfigMapConfig config) {
        PodConfigMapConfig unused = client.resource(config).create();
    }

    /** {@return the condition that tells whether a config's programs are attached, once the controller has set it} */
    Optional<Condition> ebpfReady(String config) {
        return Optional.ofNullable(client.resources(PodConfigMapConfig.class)
                        .inNamespace(NAMESPACE)
                        .withName(config)
                        .get()
                        .getStatus())
                .map(status -> Objects.requireNonNullElse(status.conditions(), List.<Condition>of()))
                .flatMap(conditions -> conditions.stream()
                        .filter(condition -> condition.getType().equals("EbpfReady"))
                        .findFirst());
    }

    /** {@return the name of the ConfigMap that describes the pod} */
    static String configMapName(String config) {
        return PodConfigMap.name(POD, config);
    }

    /** {@return what is in that ConfigMap; nothing if there is none} */
    Map<String, String> configMap(String config) {
        ConfigMap found = client.configMaps()
                .inNamespace(NAMESPACE)
                .withName(configMapName(config))
                .get();
        return found == null ? Map.of() : Objects.requireNonNullElse(found.getData(), Map.of());
    }

    @Override
    public void close() {
        client.close();
        api.close();
    }
}
