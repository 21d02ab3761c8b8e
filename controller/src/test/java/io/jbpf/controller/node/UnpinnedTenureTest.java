package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.controller.rules.ObjectKey;
import io.jbpf.controller.rules.SyscallRules;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnpinnedTenureTest {
    @Test
    void whatOnePodRefusesKeepsNoOtherAttached() {
        PodIdentity stubborn = new PodIdentity(new ObjectKey("default", "stubborn"), "u1");
        RecordingPrograms programs = new RecordingPrograms();
        programs.count(stubborn, Path.of("/"), SyscallRules.ALL);
        for (int i = 0; i < 3; i++) {
            programs.count(
                    new PodIdentity(new ObjectKey("default", "web-" + i), "u2" + i), Path.of("/"), SyscallRules.ALL);
        }
        programs.refuseToDetach(
                stubborn,
                new ProgramException(
                        ProgramType.SYSCALL_COUNTER, ProgramErrorType.DETACH_FAILED, "It stays for a test.", null));

        new UnpinnedTenure(programs).removeAll();

        assertThat(programs.pods()).isEqualTo(Set.of(stubborn));
    }
}
