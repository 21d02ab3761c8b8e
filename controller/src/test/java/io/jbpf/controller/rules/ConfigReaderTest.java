package io.jbpf.controller.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.jbpf.controller.crd.DefaultAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    private final ConfigReader reader = new ConfigReader(
            name -> name.equals("raed") ? Optional.of("unknown system call 'raed'") : Optional.empty());

    private ConfigReading read(String yaml) {
        GenericKubernetesResource resource = Serialization.unmarshal(
                "apiVersion: podconfig.example.com/v1alpha1\nkind: PodConfigMapConfig\n"
                        + "metadata: {name: c, namespace: n}\n" + yaml,
                GenericKubernetesResource.class);
        return reader.read(resource);
    }

    private Config accepted(String yaml) {
        assertThat(read(yaml)).isInstanceOf(ConfigReading.Accepted.class);
        return ((ConfigReading.Accepted) read(yaml)).config();
    }

    private List<String> problems(String yaml) {
        assertThat(read(yaml)).isInstanceOf(ConfigReading.Refused.class);
        return ((ConfigReading.Refused) read(yaml)).problems();
    }

    @Test
    void readsTheDocumentedExample() throws IOException {
        GenericKubernetesResource example = Serialization.unmarshal(
                Files.readString(Path.of("..", "deploy", "example.yaml")), GenericKubernetesResource.class);

        Config config = ((ConfigReading.Accepted) reader.read(example)).config();

        assertThat(config.selector().matches(Map.of("app", "my-app"))).isTrue();
        assertThat(config.selector().matches(Map.of("app", "other"))).isFalse();
        assertThat(config.programs())
                .isEqualTo(new PodPrograms(
                        Optional.of(SyscallRules.of(Set.of("read", "write", "open", "close"))),
                        Optional.of(FirewallRules.of(Set.of(80, 443, 8080), Set.of(22, 23, 3389), DefaultAction.ALLOW)),
                        Optional.of(Duration.ofSeconds(30))));
    }

    @Test
    void takesAnAbsentBlockForOffAndAnAbsentSelectorForEveryPod() {
        Config config = accepted("spec: {}");

        assertThat(config.programs()).isEqualTo(PodPrograms.NONE);
        assertThat(config.selector().matches(Map.of())).isTrue();
    }

    @Test
    void takesABlockThatIsNotEnabledForOff() {
        assertThat(accepted(
                                "spec: {ebpfConfig: {l4Firewall: {blockedPorts: [22]}, syscallMonitoring: {enabled: false}}}")
                        .programs())
                .isEqualTo(PodPrograms.NONE);
    }

    @Test
    void understandsEveryOperator() {
        Config config = accepted("""
                spec:
                  podSelector:
                    matchExpressions:
                    - {key: tier, operator: In, values: [web, api]}
                    - {key: env, operator: NotIn, values: [dev]}
                    - {key: app, operator: Exists}
                    - {key: legacy, operator: DoesNotExist}
                """);

        assertThat(config.selector().matches(Map.of("tier", "web", "app", "x"))).isTrue();
        assertThat(config.selector().matches(Map.of("tier", "db", "app", "x"))).isFalse();
        assertThat(config.selector().matches(Map.of("tier", "web", "app", "x", "env", "dev")))
                .isFalse();
        assertThat(config.selector().matches(Map.of("tier", "web"))).isFalse();
        assertThat(config.selector().matches(Map.of("tier", "web", "app", "x", "legacy", "")))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "l4Firewall: {allowedPorts: [80, 70000]} | spec.ebpfConfig.l4Firewall.allowedPorts[1] | 70000",
                "l4Firewall: {blockedPorts: [0]} | spec.ebpfConfig.l4Firewall.blockedPorts[0] | 0",
                "l4Firewall: {blockedPorts: [-1]} | spec.ebpfConfig.l4Firewall.blockedPorts[0] | -1",
                "l4Firewall: {blockedPorts: [22.5]} | spec.ebpfConfig.l4Firewall.blockedPorts[0] | 22.5",
                "l4Firewall: {blockedPorts: ['22']} | spec.ebpfConfig.l4Firewall.blockedPorts[0] | 22",
                "l4Firewall: {blockedPorts: [99999999999]} | spec.ebpfConfig.l4Firewall.blockedPorts[0] | 99999999999",
                "l4Firewall: {blockedPorts: 22} | spec.ebpfConfig.l4Firewall.blockedPorts | list",
                "l4Firewall: {defaultAction: deny} | spec.ebpfConfig.l4Firewall.defaultAction | deny",
                "l4Firewall: {enabled: 'yes'} | spec.ebpfConfig.l4Firewall.enabled | yes",
                "metricsExport: {updateInterval: '30'} | spec.ebpfConfig.metricsExport.updateInterval | 30",
                "metricsExport: {updateInterval: '-1s'} | spec.ebpfConfig.metricsExport.updateInterval | -1s",
                "metricsExport: {updateInterval: '5 m'} | spec.ebpfConfig.metricsExport.updateInterval | 5 m",
                "metricsExport: {updateInterval: '1ms'} | spec.ebpfConfig.metricsExport.updateInterval | 1ms",
                "syscallMonitoring: {syscallNames: [read, raed]}"
                        + " | spec.ebpfConfig.syscallMonitoring.syscallNames[1] | raed",
            })
    void namesTheFieldAndTheValueThatAreWrong(String block, String field, String value) {
        assertThat(problems("spec: {ebpfConfig: {" + block + "}}"))
                .singleElement()
                .asString()
                .startsWith(field)
                .contains(value)
                .endsWith(".");
    }

    @Test
    void namesAnUnknownOperatorAndAListThatIsEmpty() {
        assertThat(problems("spec: {podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}"))
                .containsExactly("spec.podSelector.matchExpressions[0].operator: \"Gt\" is none of In, NotIn, Exists,"
                        + " DoesNotExist.");
        assertThat(problems("spec: {podSelector: {matchExpressions: [{key: a, operator: In}]}}"))
                .containsExactly("spec.podSelector.matchExpressions[0].values must not be empty for operator In.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "labelsToInclude: [a b] | spec.labelsToInclude[0] | a b",
                "annotationsToInclude: [ok, -x] | spec.annotationsToInclude[1] | -x",
                "labelsToInclude: [Example.com/x] | spec.labelsToInclude[0] | Example.com/x",
                "labelsToInclude: [a/b/c] | spec.labelsToInclude[0] | a/b/c",
                "labelsToInclude: [a/b, a_b] | spec.labelsToInclude[1] | a/b",
                "labelsToInclude: [''] | spec.labelsToInclude[0] | empty",
                "podSelector: {matchLabels: {app: a b}} | spec.podSelector.matchLabels | a b",
                "podSelector: {matchLabels: {-app: a}} | spec.podSelector.matchLabels | -app",
                "podSelector: {matchExpressions: [{key: a b, operator: Exists}]}"
                        + " | spec.podSelector.matchExpressions[0].key | a b",
                "podSelector: {matchExpressions: [{key: a, operator: In, values: [b c]}]}"
                        + " | spec.podSelector.matchExpressions[0].values | b c",
                "podSelector: {matchExpressions: [{operator: Exists}]} | spec.podSelector.matchExpressions[0].key | missing",
            })
    void namesKeysAndValuesThatNoLabelCanHave(String spec, String field, String value) {
        assertThat(problems("spec: {" + spec + "}"))
                .singleElement()
                .asString()
                .startsWith(field)
                .contains(value)
                .endsWith(".");
    }

    @Test
    void takesLabelsAsLongAsTheyMayBe() {
        String longest = "v".repeat(63);
        String key = "a.b-c.example.com/" + longest;

        Config config = accepted(
                "spec: {labelsToInclude: [" + key + "], podSelector: {matchLabels: {" + key + ": " + longest + "}}}");
        assertThat(config.selector().matches(Map.of(key, longest))).isTrue();
        assertThat(problems("spec: {labelsToInclude: [" + key + "x]}"))
                .singleElement()
                .asString()
                .startsWith("spec.labelsToInclude[0]: \"a.b-c");
    }

    @Test
    void takesNoMoreThanTheSchemaAllows() {
        String ports =
                IntStream.rangeClosed(1, 1025).mapToObj(Integer::toString).collect(Collectors.joining(", "));

        assertThat(problems("spec: {ebpfConfig: {l4Firewall: {allowedPorts: [" + ports + "]}}}"))
                .containsExactly("spec.ebpfConfig.l4Firewall.allowedPorts has 1025 entries; it may have 1024.");
    }

    @Test
    void namesEveryWrongFieldAtOnce() {
        assertThat(problems("spec: {ebpfConfig: {l4Firewall: {allowedPorts: [0], blockedPorts: [0]}}}"))
                .hasSize(2);
    }

    @Test
    void survivesASpecThatIsNoObject() {
        assertThat(problems("spec: 5")).singleElement().asString().startsWith("spec");
        assertThat(problems("")).containsExactly("spec is missing.");
    }
}
