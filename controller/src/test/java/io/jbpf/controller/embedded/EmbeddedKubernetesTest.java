package io.jbpf.controller.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.jbpf.controller.cluster.ClusterCache;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddedKubernetesTest {
    private EmbeddedKubernetes kubernetes;
    private KubernetesClient client;

    @BeforeEach
    void start() {
        kubernetes = EmbeddedKubernetes.start();
        client = kubernetes.client();
    }

    @AfterEach
    void stop() {
        client.close();
        kubernetes.close();
    }

    @Test
    void applyCreatesWhatIsMissing() {
        ConfigMap applied = apply("a", Map.of("key", "1"), "one", false);

        assertThat(applied.getMetadata().getUid()).isNotEmpty();
        assertThat(configMap("a").getData()).containsExactly(Map.entry("key", "1"));
    }

    @Test
    void applyTakesAwayWhatTheSameManagerLeavesOut() {
        apply("a", Map.of("key", "1", "old", "x"), "one", false);
        apply("a", Map.of("key", "2"), "one", false);

        assertThat(configMap("a").getData()).containsExactly(Map.entry("key", "2"));
    }

    @Test
    void applyLeavesTheFieldsOfOthers() {
        apply("a", Map.of("mine", "1"), "one", false);
        apply("a", Map.of("theirs", "2"), "two", false);
        apply("a", Map.of("mine", "3"), "one", false);

        assertThat(configMap("a").getData()).containsOnly(Map.entry("mine", "3"), Map.entry("theirs", "2"));
    }

    @Test
    void applyOfAnothersFieldIsAConflictUnlessForced() {
        apply("a", Map.of("key", "1"), "one", false);

        assertThatThrownBy(() -> apply("a", Map.of("key", "2"), "two", false))
                .isInstanceOf(KubernetesClientException.class)
                .extracting(failure -> ((KubernetesClientException) failure).getCode())
                .isEqualTo(409);
        apply("a", Map.of("key", "2"), "two", true);
        assertThat(configMap("a").getData()).containsExactly(Map.entry("key", "2"));
    }

    @Test
    void applyThatChangesNothingKeepsTheResourceVersion() {
        String before =
                apply("a", Map.of("key", "1"), "one", false).getMetadata().getResourceVersion();
        String after =
                apply("a", Map.of("key", "1"), "one", false).getMetadata().getResourceVersion();

        assertThat(after).isEqualTo(before);
    }

    @Test
    void applyToTheStatusChangesNothingElse() {
        kubernetes.define(Path.of("..", "deploy", "crd.yaml"));
        GenericKubernetesResource config = new GenericKubernetesResource();
        config.setApiVersion("podconfig.example.com/v1alpha1");
        config.setKind("PodConfigMapConfig");
        config.setMetadata(
                new ObjectMetaBuilder().withNamespace("default").withName("c").build());
        config.setAdditionalProperty("spec", Map.of("labelsToInclude", List.of("app")));
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .resource(config)
                .create();

        config.setAdditionalProperty("spec", Map.of());
        config.setAdditionalProperty("status", Map.of("matchedPods", 3));
        client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .subresource("status")
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                .withFieldManager("status")
                                .withForce(true)
                                .build(),
                        config);

        GenericKubernetesResource now = client.genericKubernetesResources(ClusterCache.CONFIGS)
                .inNamespace("default")
                .withName("c")
                .get();
        assertThat(now.<Integer>get("status", "matchedPods")).isEqualTo(3);
        assertThat(now.<List<String>>get("spec", "labelsToInclude")).containsExactly("app");
        assertThat(now.getMetadata().getGeneration()).isEqualTo(1);
    }

    @Test
    void podsAreFoundByTheirNode() {
        pod("a", "node-1");
        pod("b", "node-2");

        assertThat(client.pods()
                        .inAnyNamespace()
                        .withField("spec.nodeName", "node-1")
                        .list()
                        .getItems())
                .extracting(pod -> pod.getMetadata().getName())
                .containsExactly("a");
    }

    @Test
    void objectsAreFoundByNameAndNamespace() {
        apply("a", Map.of(), "one", false);
        apply("b", Map.of(), "one", false);

        assertThat(client.configMaps()
                        .inAnyNamespace()
                        .withField("metadata.name", "b")
                        .list()
                        .getItems())
                .hasSize(1);
        assertThat(client.configMaps()
                        .inAnyNamespace()
                        .withField("metadata.namespace", "other")
                        .list()
                        .getItems())
                .isEmpty();
    }

    @Test
    void aPodThatIsGivenANodeAppearsInThatNodesWatch() throws InterruptedException {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        Watch watch = client.pods()
                .inAnyNamespace()
                .withField("spec.nodeName", "node-1")
                .watch(new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, Pod pod) {
                        seen.add(action + " " + pod.getMetadata().getName());
                    }

                    @Override
                    public void onClose(WatcherException cause) {}
                });
        pod("elsewhere", "node-2");
        pod("late", "");
        client.pods().inNamespace("default").withName("late").edit(pod -> new PodBuilder(pod)
                .editOrNewSpec()
                .withNodeName("node-1")
                .endSpec()
                .build());

        assertThat(seen.poll(5, TimeUnit.SECONDS)).isEqualTo("ADDED late");
        watch.close();
    }

    @Test
    void listsComeInPages() {
        for (String name : List.of("a", "b", "c")) {
            apply(name, Map.of(), "one", false);
        }

        ConfigMapList first = client.configMaps()
                .inNamespace("default")
                .list(new ListOptionsBuilder().withLimit(2L).build());
        ConfigMapList second = client.configMaps()
                .inNamespace("default")
                .list(new ListOptionsBuilder()
                        .withLimit(2L)
                        .withContinue(first.getMetadata().getContinue())
                        .build());

        assertThat(first.getItems()).hasSize(2);
        assertThat(first.getMetadata().getRemainingItemCount()).isEqualTo(1);
        assertThat(second.getItems()).hasSize(1);
        assertThat(second.getMetadata().getContinue()).isNullOrEmpty();
    }

    @Test
    void aDeletionWhosePreconditionsDoNotHoldIsAConflict() {
        ConfigMap configMap = apply("a", Map.of(), "one", false);

        assertThatThrownBy(() -> delete("a", "another", "1"))
                .isInstanceOf(KubernetesClientException.class)
                .extracting(failure -> ((KubernetesClientException) failure).getCode())
                .isEqualTo(409);
        delete("a", configMap.getMetadata().getUid(), configMap.getMetadata().getResourceVersion());
        assertThat(client.configMaps().inNamespace("default").withName("a").get())
                .isNull();
    }

    private void delete(String name, String uid, String resourceVersion) {
        client.raw(
                "/api/v1/namespaces/default/configmaps/" + name,
                "DELETE",
                new DeleteOptionsBuilder()
                        .withNewPreconditions(resourceVersion, uid)
                        .build());
    }

    private ConfigMap apply(String name, Map<String, String> data, String manager, boolean force) {
        var resource = client.configMaps()
                .inNamespace("default")
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .withData(data)
                        .build())
                .fieldManager(manager);
        return force ? resource.forceConflicts().serverSideApply() : resource.serverSideApply();
    }

    private ConfigMap configMap(String name) {
        return client.configMaps().inNamespace("default").withName(name).get();
    }

    private void pod(String name, String node) {
        client.pods()
                .inNamespace("default")
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node.isEmpty() ? null : node)
                        .endSpec()
                        .build())
                .create();
    }
}
