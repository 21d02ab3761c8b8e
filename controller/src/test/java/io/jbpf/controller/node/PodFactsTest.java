package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.jbpf.controller.rules.ObjectKey;
import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodFactsTest {
    private static final String UID = "0f3f9a1c-5d0b-4a44-9d55-0123456789ab";
    private static final String HASH = "0123456789abcdef0123456789abcdef";

    private static PodBuilder pod(Map<String, String> annotations) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web-1")
                .withUid(UID)
                .withAnnotations(annotations)
                .endMetadata();
    }

    @Test
    void aPodThatIsNotThereYetHasAUidOnly() {
        PodFacts facts = PodFacts.of(pod(Map.of()).build());
        assertThat(facts.pod()).isEqualTo(new PodIdentity(new ObjectKey("default", "web-1"), UID));
        assertThat(facts.cgroupUid()).isEqualTo(UID);
        assertThat(facts.hostNetwork()).isFalse();
        assertThat(facts.hostPid()).isFalse();
        assertThat(facts.running()).isFalse();
        assertThat(facts.addresses()).isEmpty();
    }

    @Test
    void aRunningOneHasAddresses() throws Exception {
        Pod pod = pod(Map.of())
                .withNewSpec()
                .withHostNetwork(true)
                .withHostPID(true)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP("198.18.0.1")
                .addNewPodIP("198.18.0.1")
                .addNewPodIP("fd00::1")
                .addNewPodIP("localhost")
                .endStatus()
                .build();
        PodFacts facts = PodFacts.of(pod);
        assertThat(facts.hostNetwork()).isTrue();
        assertThat(facts.hostPid()).isTrue();
        assertThat(facts.running()).isTrue();
        assertThat(facts.addresses())
                .containsExactlyInAnyOrder(InetAddress.getByName("198.18.0.1"), InetAddress.getByName("fd00::1"));
    }

    @Test
    void oneThatIsBeingDeletedIsNotExpectedToRun() {
        Pod pod = pod(Map.of())
                .editMetadata()
                .withDeletionTimestamp("2026-11-26T06:00:00Z")
                .endMetadata()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build();
        assertThat(PodFacts.of(pod).running()).isFalse();
    }

    @Test
    void theMirrorOfAStaticPodHasItsCgroupByTheHash() {
        PodFacts facts = PodFacts.of(pod(Map.of("kubernetes.io/config.mirror", HASH, "kubernetes.io/config.hash", HASH))
                .build());
        assertThat(facts.cgroupUid()).isEqualTo(HASH);
        assertThat(facts.pod().uid()).isEqualTo(UID);
    }

    @Test
    void theHashOfAPodThatIsNoMirrorIsNothing() {
        assertThat(PodFacts.of(pod(Map.of("kubernetes.io/config.hash", HASH)).build())
                        .cgroupUid())
                .isEqualTo(UID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fffffff0-0000-4000-8000-000000000000", "../../system.slice", "", "0123"})
    void noOtherPodsCgroupCanBePassedOffAsAMirrors(String hash) {
        assertThat(PodFacts.of(pod(Map.of("kubernetes.io/config.mirror", "x", "kubernetes.io/config.hash", hash))
                                .build())
                        .cgroupUid())
                .isEqualTo(UID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a/b"})
    void whatCannotNameADirectoryIsNoUid(String uid) {
        Pod pod = pod(Map.of()).editMetadata().withUid(uid).endMetadata().build();
        assertThatIllegalArgumentException().isThrownBy(() -> PodFacts.of(pod)).withMessageContaining("no UID");
    }
}
