package io.jbpf.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.embedded.EmbeddedKubernetes;
import io.jbpf.controller.rules.ConfigReader;
import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.testkit.Waits;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterCacheTest {
    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private EmbeddedKubernetes kubernetes;
    private KubernetesClient client;

    @BeforeEach
    void start() {
        kubernetes = EmbeddedKubernetes.start();
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        client = kubernetes.client();
    }

    @AfterEach
    void stop() {
        mayGoOn.countDown();
        client.close();
        kubernetes.close();
    }

    /** As a thread is that gets no processor time: what the pods' programs would be without the config is then unknown. */
    private Optional<String> readSlowly(String name) {
        reading.countDown();
        try {
            mayGoOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    @Test
    void isNotSyncedBeforeAConfigThatWasListedIsRead() throws InterruptedException {
        ObjectKey key = new ObjectKey("default", "slow");
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .resource(Serialization.unmarshal("""
                        apiVersion: podconfig.example.com/v1alpha1
                        kind: PodConfigMapConfig
                        metadata: {name: slow, namespace: default}
                        spec: {ebpfConfig: {syscallMonitoring: {enabled: true, syscallNames: [read]}}}
                        """, GenericKubernetesResource.class))
                .create();
        ConfigBook book = new ConfigBook(new ConfigReader(this::readSlowly));
        try (ClusterCache cache = new ClusterCache(client, Optional.empty(), book, pod -> {}, config -> {})) {
            cache.start();
            reading.await();
            // The second of each comes by the watch, after the list.
            for (String name : new String[] {"first", "second"}) {
                pod(name);
                configMap(name);
                Waits.until(() -> cache.pod(new ObjectKey("default", name)).isPresent()
                        && !cache.configMaps(new ObjectKey("default", name)).isEmpty());
            }

            assertThat(cache.config(key)).isPresent();
            assertThat(book.keys()).isEmpty();
            assertThat(cache.synced()).isFalse();

            mayGoOn.countDown();
            Waits.until(cache::synced);
            assertThat(book.keys()).containsExactly(key);
        }
    }

    private void pod(String name) {
        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
    }

    private void configMap(String pod) {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("pod-" + pod + "-from-slow-cfg")
                        .addToLabels(PodConfigMap.GENERATED_BY, "slow")
                        .addNewOwnerReference()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod)
                        .withUid("0")
                        .endOwnerReference()
                        .endMetadata()
                        .addToData("podName", pod)
                        .build())
                .create();
    }
}
