package io.jbpf.controller.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static Settings with(String... pairs) {
        Map<String, String> variables = new HashMap<>(Map.of("NODE_NAME", "node-1"));
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Settings.from(variables);
    }

    @Test
    void hasTheDocumentedDefaults() {
        Settings settings = with();

        assertThat(settings.metricsAddress()).isEqualTo(new InetSocketAddress(8080));
        assertThat(settings.resyncPeriod()).isEqualTo(Duration.ofMinutes(10));
        assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(settings.logJson()).isFalse();
        assertThat(settings.kubeconfig()).isEmpty();
    }

    @Test
    void takesAnEmptyVariableForAnUnsetOne() {
        assertThat(with("METRICS_ADDR", " ").metricsAddress()).isEqualTo(new InetSocketAddress(8080));
    }

    @Test
    void readsAddressesAsGoDoes() {
        InetSocketAddress loopback = with("METRICS_ADDR", "127.0.0.1:0").metricsAddress();
        assertThat(loopback.getAddress().isLoopbackAddress()).isTrue();
        assertThat(loopback.getPort()).isZero();
        assertThat(with("METRICS_ADDR", "[::1]:9090")
                        .metricsAddress()
                        .getAddress()
                        .isLoopbackAddress())
                .isTrue();
    }

    @Test
    void doesNotStartWithoutTheNodesName() {
        assertThatThrownBy(() -> Settings.from(Map.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("NODE_NAME is not set");
    }

    @ParameterizedTest
    @CsvSource({
        "METRICS_ADDR, 8080",
        "METRICS_ADDR, :70000",
        "CONTROLLER_RESYNC_PERIOD, 30",
        "CONTROLLER_RESYNC_PERIOD, -1s",
        "CONTROLLER_RESYNC_PERIOD, 5 m",
        "CONTROLLER_RESYNC_PERIOD, 1ms",
        "LOG_LEVEL, loud",
        "LOG_JSON_FORMAT, perhaps",
        "KUBECONFIG, /no/such/file",
        "CGROUP_ROOT, no/absolute/path",
        "NETNS_ROOT, run/netns"
    })
    void namesTheVariableAndTheValueThatAreWrong(String variable, String value) {
        assertThatThrownBy(() -> with(variable, value))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(variable + ": ")
                .hasMessageContaining("\"" + value + "\"");
    }
}
