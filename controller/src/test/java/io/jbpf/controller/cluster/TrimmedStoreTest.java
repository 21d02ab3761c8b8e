package io.jbpf.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That less is kept than there is, and yet all that is asked for. */
class TrimmedStoreTest {
    private final TrimmedStore<Pod> pods = TrimmedStore.ofPods();

    private Pod kept(KubernetesSerialization serialization, String name) {
        Pod pod = serialization.unmarshal(yaml().replace("@NAME@", name), Pod.class);
        Pod unused = pods.put(name, pod);
        return pods.get(name);
    }

    /** A pod as a real cluster has it. */
    private static String yaml() {
        try (var in = TrimmedStoreTest.class.getResourceAsStream("/io/jbpf/controller/scale/pod.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatIsReadIsAllThatIsKept() {
        Pod whole = kept(new KubernetesSerialization(), "a");
        assertThat(kept(ReadFields.serialization(), "a")).isEqualTo(whole);
        assertThat(whole.getSpec()
                        .getContainers()
                        .get(0)
                        .getReadinessProbe()
                        .getHttpGet()
                        .getPath())
                .isEqualTo("/ready");
        assertThat(whole.getSpec().getContainers().get(0).getPorts()).isNotEmpty();
        assertThat(whole.getSpec().getNodeName()).isNotEmpty();
        assertThat(whole.getStatus().getPhase()).isEqualTo("Running");
        assertThat(whole.getStatus().getPodIPs()).isNotEmpty();
        assertThat(whole.getMetadata().getLabels()).containsEntry("app", "my-app");
        assertThat(whole.getMetadata().getAnnotations()).containsEntry("prometheus.io/port", "9090");
    }

    @Test
    void whatThePodsOfAWorkloadHaveInCommonIsKeptOnce() {
        Pod one = kept(ReadFields.serialization(), "a");
        Pod other = kept(ReadFields.serialization(), "b");
        assertThat(other.getMetadata().getName()).isEqualTo("b");
        assertThat(other.getSpec()).isSameAs(one.getSpec());
        assertThat(other.getMetadata().getLabels()).isSameAs(one.getMetadata().getLabels());
        assertThat(other.getMetadata().getOwnerReferences())
                .isSameAs(one.getMetadata().getOwnerReferences());
    }

    @Test
    void whoWroteAConfigMapIsKeptAndNotWhichField() {
        ManagedFieldsEntry writer = new ManagedFieldsEntry();
        writer.setManager("m");
        writer.setOperation("Apply");
        writer.setTime("2026-01-01T00:00:00Z");
        ConfigMap configMap = new ConfigMapBuilder()
                .withNewMetadata()
                .withName("c")
                .withManagedFields(writer)
                .endMetadata()
                .withData(Map.of("phase", "Running"))
                .build();
        ConfigMap unused = TrimmedStore.ofConfigMaps().put("c", configMap);
        ManagedFieldsEntry who = new ManagedFieldsEntry();
        who.setManager("m");
        who.setOperation("Apply");
        assertThat(configMap.getMetadata().getManagedFields()).isEqualTo(List.of(who));
        assertThat(configMap.getData()).isEqualTo(Map.of("phase", "Running"));
    }
}
