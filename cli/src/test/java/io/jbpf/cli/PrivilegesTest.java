package io.jbpf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.RequiresTool;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without privileges: root that has lost every capability, or whoever runs the test. */
@RequiresTool("setpriv")
class PrivilegesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect programs",
                "inspect maps",
                "inspect links",
                "inspect program 1",
                "inspect map 1",
                "inspect btf",
                "inspect net",
                "inspect cgroup",
                "attach syscall-counter --pid 1",
                "attach l4-firewall --interface lo --block 22"
            })
    void isToldInOneSentenceWithTheWayOut(String commandLine) throws Exception {
        // An ordinary user may not set the bounding set, and has no capabilities to lose.
        List<String> stripped = System.getProperty("user.name").equals("root")
                ? List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all")
                : List.of("setpriv", "--no-new-privs");
        try (ChildJbpf child = ChildJbpf.startUnder(stripped, commandLine.split(" ", -1))) {
            assertThat(child.awaitEnd()).isEqualTo(ExitStatus.FAILED);
            assertThat(child.out()).isEmpty();
            assertThat(child.err())
                    .singleElement()
                    .asString()
                    .startsWith("jbpf: ")
                    .contains("run as root");
        }
    }
}
