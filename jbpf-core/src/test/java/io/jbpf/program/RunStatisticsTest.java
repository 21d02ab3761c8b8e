package io.jbpf.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.sys.Bpf;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestPrograms;
import java.lang.reflect.Proxy;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@KernelTest
class RunStatisticsTest {
    private static final byte[] PACKET = new byte[64];

    @Test
    @SuppressWarnings("try") // counting is on by being open
    void everyRunIsCountedWhileItIsOn() {
        try (BpfProgram program = TestPrograms.owned(TestPrograms.schedCls("counted", TestPrograms.TC_ACT_OK))) {
            long before = program.currentInfo().runCount();
            try (RunStatistics statistics = RunStatistics.enable()) {
                program.testRun(PACKET, 250);
                program.testRun(PACKET, 50);
            }
            ProgramInfo counted = program.currentInfo();

            assertThat(before).isZero();
            assertThat(counted.runCount()).isEqualTo(300);
            assertThat(counted.runTime()).isPositive().isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void aKernelWithoutItSaysSo() {
        assertThatThrownBy(() -> RunStatistics.enable(answering(Errno.EINVAL)))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("kernel.bpf_stats_enabled")
                .hasMessageContaining("5.8");
        assertThatThrownBy(() -> RunStatistics.enable(answering(Errno.EPERM)))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("CAP_SYS_ADMIN");
    }

    /** bpf(2) that always fails. */
    private static Bpf answering(Errno errno) {
        return Bpf.with((SystemCalls) Proxy.newProxyInstance(
                SystemCalls.class.getClassLoader(), new Class<?>[] {SystemCalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("bpf")) {
                        return -errno.number();
                    }
                    throw new AssertionError("unexpected " + method);
                }));
    }
}
