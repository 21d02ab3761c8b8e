package io.jbpf.controller.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class CrdManifestTest {
    @Test
    void theCommittedManifestIsWhatTheClassesGive() throws IOException {
        if (Boolean.getBoolean("jbpf.crd.write")) {
            CrdManifest.write();
        }
        assertThat(Files.readString(CrdManifest.file()))
                .as("deploy/crd.yaml; its first lines say how to write it anew")
                .isEqualTo(CrdManifest.generate());
    }

    @Test
    void olderServersWithoutValidationRulesAcceptIt() {
        assertThat(CrdManifest.generate()).doesNotContain("x-kubernetes-validations");
    }

    @Test
    void portsActionsAndIntervalsAreCheckedByTheSchema() {
        assertThat(CrdManifest.generate())
                .contains("maximum: 65535", "minimum: 1", "- \"allow\"", "- \"block\"", "maxItems: 1024", "pattern:");
    }
}
