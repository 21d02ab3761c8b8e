package io.jbpf.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@KernelTest
class KernelAccessTest {
    /** A process that says what it lacks. */
    static final class Asking {
        private Asking() {}

        /** Arguments: none. */
        public static void main(String[] arguments) {
            System.out.print(new KernelAccess().missing().orElse("nothing"));
        }
    }

    @Test
    void rootLacksNothing() {
        KernelAccess access = new KernelAccess();

        assertThat(access.missing()).isEmpty();
        assertThat(access.missing()).isEmpty();
    }

    @ParameterizedTest
    @RequiresTool("setpriv")
    @CsvSource(
            delimiter = '|',
            value = {
                "-sys_admin,-net_admin,-bpf,-perfmon | no BPF map can be made",
                "-net_admin,-sys_admin | no program of the L4 firewall can be loaded",
                "-perfmon,-sys_admin | no program of the system call counter can be loaded",
                "-sys_admin | no network namespace can be entered",
                "-sys_time | nothing"
            })
    void saysWhatCannotBeDoneForWantOfCapabilities(String dropped, String said) throws Exception {
        String answer = answerWithout(dropped);

        assertThat(answer).startsWith(said);
        assertThat(answer.contains("SYS_ADMIN, NET_ADMIN and BPF")).isEqualTo(!said.equals("nothing"));
    }

    private static String answerWithout(String capabilities) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "setpriv",
                        "--bounding-set=" + capabilities,
                        "--inh-caps=-all",
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Asking.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            return answer;
        } finally {
            process.destroyForcibly();
        }
    }
}
