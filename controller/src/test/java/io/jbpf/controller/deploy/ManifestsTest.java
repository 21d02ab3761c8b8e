package io.jbpf.controller.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the manifests say, without a server. */
class ManifestsTest {
    private static final long NONROOT = 65_532L;

    @ParameterizedTest
    @ValueSource(strings = {"cluster.yaml", "node/daemonset.yaml"})
    void theKernelSideHasTheThreeCapabilitiesAndIsNotRoot(String file) {
        Container controller = onlyContainer(file);

        assertThat(controller.getSecurityContext().getCapabilities().getAdd())
                .containsExactly("SYS_ADMIN", "NET_ADMIN", "BPF");
        assertUnprivileged(controller);
    }

    @Test
    void theApiSideTouchesNothingOfTheNode() {
        PodTemplateSpec template = template("node/deployment.yaml");
        Container controller = onlyContainer("node/deployment.yaml");

        assertThat(controller.getSecurityContext().getCapabilities().getAdd()).isEmpty();
        assertThat(template.getSpec().getHostPID()).isNull();
        assertThat(template.getSpec().getVolumes()).allMatch(volume -> volume.getHostPath() == null);
        assertUnprivileged(controller);
    }

    private static void assertUnprivileged(Container controller) {
        assertThat(controller.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(controller.getSecurityContext().getRunAsUser()).isEqualTo(NONROOT);
        assertThat(controller.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(controller.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(controller.getSecurityContext().getAllowPrivilegeEscalation())
                .isFalse();
        assertThat(controller.getSecurityContext().getPrivileged()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster.yaml", "node/daemonset.yaml", "node/deployment.yaml"})
    void theServiceFindsEveryPodAndItsPort(String file) {
        Service service = Manifests.objects("service.yaml", Service.class).get(0);

        assertThat(service.getMetadata().getName()).isEqualTo("podconfigmap-controller");
        assertThat(template(file).getMetadata().getLabels())
                .containsAllEntriesOf(service.getSpec().getSelector());
        assertThat(service.getSpec().getPorts()).singleElement().satisfies(port -> {
            assertThat(port.getName()).isEqualTo("metrics");
            assertThat(port.getPort()).isEqualTo(8080);
            assertThat(onlyContainer(file).getPorts()).singleElement().satisfies(open -> assertThat(open.getName())
                    .isEqualTo(port.getTargetPort().getStrVal()));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster.yaml", "node/daemonset.yaml", "uninstall.yaml"})
    void whateverIsTakenOfTheNodeIsExplained(String file) throws IOException {
        List<String> lines = Files.readAllLines(Manifests.file(file));

        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.matches(" +- [A-Z_]+( .*)?")) {
                assertThat(line).contains(" # ");
            }
            if (line.contains("hostPID: true")) {
                assertThat(lines.get(i - 1)).contains("# ");
            }
            if (line.contains("hostPath:")) {
                assertThat(lines.get(i - 1)).contains(" # ");
            }
        }
    }

    private static Container onlyContainer(String file) {
        List<Container> containers = template(file).getSpec().getContainers();
        assertThat(containers).hasSize(1);
        return containers.get(0);
    }

    private static PodTemplateSpec template(String file) {
        return Manifests.objects(file).stream()
                .flatMap(ManifestsTest::template)
                .findFirst()
                .orElseThrow();
    }

    private static Stream<PodTemplateSpec> template(HasMetadata object) {
        if (object instanceof Deployment deployment) {
            return Stream.of(deployment.getSpec().getTemplate());
        }
        return object instanceof DaemonSet set ? Stream.of(set.getSpec().getTemplate()) : Stream.empty();
    }
}
