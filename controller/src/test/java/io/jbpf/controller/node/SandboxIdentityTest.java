package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxIdentityTest {
    private static final String UID = "0f3f9a1c-5d0b-4a44-9d55-0123456789ab";

    @Test
    void isReadAsItIsWritten() {
        for (NamespaceIdentity namespace : List.of(
                new NamespaceIdentity.ByCookie(4097),
                new NamespaceIdentity.ByCookie(-1),
                new NamespaceIdentity.ByInode(4026531840L, 1_700_000_000_123_456_789L))) {
            SandboxIdentity identity = new SandboxIdentity(UID, namespace, List.of(12, 2));
            assertThat(identity.interfaces()).containsExactly(2, 12);
            assertThat(SandboxIdentity.parse(identity.toString())).contains(identity);
            // A bpffs takes no name with a dot, and of course no slash.
            assertThat(identity.toString()).doesNotContain(".", "/");
        }
        assertThat(new SandboxIdentity(UID, new NamespaceIdentity.ByCookie(4097), List.of(2)))
                .hasToString(UID + "_c1001_2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a_b",
                UID + "_c_2",
                UID + "_cg_2",
                UID + "_c1_",
                UID + "_c1_2_3",
                UID + "_i1_2",
                UID + "_c1_2-"
            })
    void anythingElseIsNone(String text) {
        assertThat(SandboxIdentity.parse(text)).isEmpty();
    }
}
