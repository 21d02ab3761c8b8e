package io.jbpf.controller.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.kubernetes.KubeApiServer;
import io.jbpf.controller.kubernetes.RealApiServer;
import io.jbpf.controller.kubernetes.RealKubernetes;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** kubectl and a real API server take every manifest; nothing is kept of it. */
@RealApiServer
@RequiresTool("kubectl")
class ManifestsOnApiServerTest {
    private final RealKubernetes kubernetes;
    private Path kubeconfig;

    @TempDir
    private Path directory;

    ManifestsOnApiServerTest(KubeApiServer server) {
        kubernetes = RealKubernetes.on(server);
    }

    @BeforeEach
    void start() {
        kubernetes.define(Manifests.file("crd.yaml"));
        kubeconfig = kubernetes.writeKubeconfig(directory.resolve("kubeconfig"));
    }

    @AfterEach
    void close() {
        kubernetes.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "crd.yaml",
                "rbac.yaml",
                "service.yaml",
                "cluster.yaml",
                "node/rbac.yaml",
                "node/daemonset.yaml",
                "node/deployment.yaml",
                "uninstall.yaml",
                "example.yaml"
            })
    void itIsTaken(String file) throws IOException, InterruptedException {
        Tool.Ending ending = apply("-f", Manifests.file(file).toString());

        assertThat(ending.output()).contains("(server dry run)").doesNotContain("rror");
        assertThat(ending.status()).isZero();
    }

    @Test
    void aMisprintIsNoticed() throws IOException, InterruptedException {
        Path misprint = directory.resolve("misprint.yaml");
        Files.writeString(
                misprint, Files.readString(Manifests.file("cluster.yaml")).replace("readinessProbe", "readynessProbe"));

        Tool.Ending ending = apply("-f", misprint.toString());

        assertThat(ending.status()).isNotZero();
        assertThat(ending.output()).contains("readynessProbe");
    }

    @Test
    void theNodeScopeIsTakenAsAWhole() throws IOException, InterruptedException {
        assertThat(apply("-k", Manifests.file("node").toString()).output())
                .contains(
                        "serviceaccount/podconfigmap-controller-agent",
                        "daemonset.apps/podconfigmap-controller-agent",
                        "deployment.apps/podconfigmap-controller-api");
    }

    /** This server is older than surging DaemonSets; so what is looked at is what would be sent. */
    @Test
    void theSurgeOverlayChangesTheRollOutAlone() throws IOException, InterruptedException {
        String plain = Tool.run("kubectl", "kustomize", Manifests.file("node").toString());
        String surging =
                Tool.run("kubectl", "kustomize", Manifests.file("node-surge").toString());

        List<String> more = new ArrayList<>(surging.lines().toList());
        plain.lines().forEach(more::remove);
        List<String> fewer = new ArrayList<>(plain.lines().toList());
        surging.lines().forEach(fewer::remove);
        assertThat(more).extracting(String::strip).containsExactly("maxSurge: 1", "maxUnavailable: 0");
        assertThat(fewer).extracting(String::strip).containsExactly("maxUnavailable: 1");
    }

    @ParameterizedTest
    @CsvSource({
        "ServiceMonitor, servicemonitors, monitoring/servicemonitor.yaml",
        "PrometheusRule, prometheusrules, monitoring/prometheusrule.yaml"
    })
    void thePrometheusOperatorIsToldWhatItReads(String kind, String plural, String file)
            throws IOException, InterruptedException {
        // As much of its definition as tells group, version and kind.
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %s.monitoring.coreos.com}
                spec:
                  group: monitoring.coreos.com
                  scope: Namespaced
                  names: {kind: %s, plural: %s}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        required: [spec]
                        properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                """.formatted(plural, kind, plural);
        Path manifest = Files.writeString(directory.resolve("definition.yaml"), definition);
        try (KubernetesClient client = kubernetes.client()) {
            try {
                kubernetes.define(manifest);
                assertThat(apply("-f", Manifests.file(file).toString()).output())
                        .contains("(server dry run)");
            } finally {
                client.resource(Serialization.unmarshal(definition, CustomResourceDefinition.class))
                        .delete();
            }
        }
    }

    private Tool.Ending apply(String... what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "kubectl", "--kubeconfig", kubeconfig.toString(), "apply", "--dry-run=server", "--validate=true"));
        command.addAll(List.of(what));
        return Tool.attempt(command.toArray(String[]::new));
    }
}
