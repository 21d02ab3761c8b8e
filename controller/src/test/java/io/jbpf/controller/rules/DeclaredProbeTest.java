package io.jbpf.controller.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeclaredProbeTest {
    private static List<DeclaredProbe> probes(String spec) {
        return DeclaredProbe.of(Serialization.unmarshal(
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + spec.indent(2), Pod.class));
    }

    @Test
    void findsEveryKindOfEveryContainer() {
        assertThat(probes("""
                        initContainers:
                        - name: sidecar
                          restartPolicy: Always
                          startupProbe: {grpc: {port: 9000}}
                        containers:
                        - name: main
                          livenessProbe: {httpGet: {port: 8080, path: /}}
                          readinessProbe: {tcpSocket: {port: 8081}}
                        """))
                .containsExactly(
                        new DeclaredProbe("sidecar", "startup", 9000),
                        new DeclaredProbe("main", "liveness", 8080),
                        new DeclaredProbe("main", "readiness", 8081));
    }

    @Test
    void resolvesAPortsNameAmongThoseOfTheContainer() {
        assertThat(probes("""
                        containers:
                        - name: one
                          ports: [{name: health, containerPort: 1000}]
                        - name: two
                          ports: [{name: http, containerPort: 80}, {name: health, containerPort: 2000}]
                          livenessProbe: {httpGet: {port: health}}
                          readinessProbe: {httpGet: {port: "3000"}}
                        """))
                .containsExactly(
                        new DeclaredProbe("two", "liveness", 2000), new DeclaredProbe("two", "readiness", 3000));
    }

    @Test
    void leavesOutWhatNeedsNoPortOfThePod() {
        assertThat(probes("""
                        containers:
                        - name: main
                          ports: [{containerPort: 80}]
                          livenessProbe: {exec: {command: ["true"]}}
                          readinessProbe: {httpGet: {host: example.com, port: 80}}
                          startupProbe: {tcpSocket: {port: nowhere}}
                        """)).isEmpty();
        assertThat(probes("containers: []")).isEmpty();
    }
}
