package io.jbpf.controller.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final Map<String, String> POD =
            Map.of("NODE_NAME", "node-1", "POD_NAME", "controller-0", "POD_NAMESPACE", "system");

    private static Settings with(String... pairs) {
        Map<String, String> variables = new HashMap<>(POD);
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Settings.from(variables);
    }

    private static Settings without(String missing, String... pairs) {
        Map<String, String> variables = new HashMap<>(POD);
        variables.remove(missing);
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Settings.from(variables);
    }

    @Test
    void hasTheDocumentedDefaults() {
        Settings settings = with();

        assertThat(settings.scope()).isEqualTo(Scope.CLUSTER);
        assertThat(settings.metricsAddress()).isEqualTo(new InetSocketAddress(8080));
        assertThat(settings.work())
                .isEqualTo(new WorkSettings(16, 2, 10, Duration.ofSeconds(30), Duration.ofMinutes(10)));
        assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
        assertThat(settings.logFormat()).isEqualTo(LogFormat.TEXT);
        assertThat(settings.kubeconfig()).isEmpty();
        assertThat(settings.election())
                .contains(new ElectionSettings(
                        "system",
                        "podconfigmap-controller",
                        "node-1/controller-0",
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(2)));
    }

    @Test
    void theDocumentedTableIsWhatIsRead() throws IOException {
        String reference = Files.readString(Path.of("..", "docs", "reference.md"));

        assertThat(reference.lines().filter(line -> line.matches("\\| `[A-Z_]+` \\|.*")))
                .containsExactlyElementsOf(Arrays.stream(Variable.values())
                        .map(variable ->
                                "| `" + variable + "` | " + variable.meaning() + " | " + variable.otherwise() + " |")
                        .toList());
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
    void readsEveryVariableOfTheElection() {
        Optional<ElectionSettings> election = with(
                        "LEADER_ELECTION_LEASE_DURATION", "1m30s",
                        "LEADER_ELECTION_RENEW_DEADLINE", "1m",
                        "LEADER_ELECTION_RETRY_PERIOD", "500ms",
                        "LEADER_ELECTION_LOCK_NAME", "other",
                        "LEADER_ELECTION_LOCK_NAMESPACE", "elsewhere")
                .election();

        assertThat(election)
                .contains(new ElectionSettings(
                        "elsewhere",
                        "other",
                        "node-1/controller-0",
                        Duration.ofSeconds(90),
                        Duration.ofSeconds(60),
                        Duration.ofMillis(500)));
    }

    @Test
    void readsHowTheWorkIsDone() {
        assertThat(with(
                                "CONTROLLER_POD_WORKERS", "8",
                                "CONTROLLER_PCMC_WORKERS", "1",
                                "CONTROLLER_MAX_RETRIES", "0",
                                "CONTROLLER_RECONCILIATION_TIMEOUT", "5s",
                                "CONTROLLER_RESYNC_PERIOD", "1h30m")
                        .work())
                .isEqualTo(new WorkSettings(8, 1, 0, Duration.ofSeconds(5), Duration.ofMinutes(90)));
    }

    @ParameterizedTest
    @CsvSource({"node, false", "cluster, true", "api, true"})
    void electsWhereSeveralWouldWriteTheSame(String scope, boolean elects) {
        assertThat(with("CONTROLLER_SCOPE", scope).election().isPresent()).isEqualTo(elects);
        assertThat(with("CONTROLLER_SCOPE", scope, "LEADER_ELECTION_ENABLED", "false")
                        .election())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"NODE_NAME", "POD_NAME", "POD_NAMESPACE"})
    void doesNotStartWithoutWhatTheElectionNeeds(String missing) {
        assertThatThrownBy(() -> without(missing))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(missing + " is not set");
    }

    @Test
    void needsNothingThatItDoesNotUse() {
        assertThat(without("POD_NAMESPACE", "LEADER_ELECTION_LOCK_NAMESPACE", "elsewhere")
                        .election())
                .isPresent();
        assertThat(Settings.from(Map.of("CONTROLLER_SCOPE", "api", "LEADER_ELECTION_ENABLED", "false"))
                        .nodeName())
                .isEmpty();
        assertThat(Settings.from(Map.of("CONTROLLER_SCOPE", "node", "NODE_NAME", "node-1"))
                        .election())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"cluster, false", "node, true"})
    void doesNotStartWithoutTheNodesNameWhereItHasAKernel(String scope, String elects) {
        assertThatThrownBy(() -> without("NODE_NAME", "CONTROLLER_SCOPE", scope, "LEADER_ELECTION_ENABLED", elects))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("NODE_NAME is not set");
    }

    @ParameterizedTest
    @CsvSource({
        "info, false, INFO",
        "info, true, DEBUG",
        "warn, true, DEBUG",
        "trace, true, TRACE",
        "Error, no, ERROR",
    })
    void debugSaysMoreAndNeverLess(String level, String debug, LogLevel expected) {
        assertThat(with("LOG_LEVEL", level, "DEBUG", debug).logLevel()).isEqualTo(expected);
    }

    @Test
    void logsJsonByEitherVariable() {
        assertThat(with("LOG_FORMAT", "json").logFormat()).isEqualTo(LogFormat.JSON);
        assertThat(with("LOG_JSON_FORMAT", "true").logFormat()).isEqualTo(LogFormat.JSON);
        assertThat(with("LOG_FORMAT", "json", "LOG_JSON_FORMAT", "true").logFormat())
                .isEqualTo(LogFormat.JSON);
        assertThatThrownBy(() -> with("LOG_FORMAT", "text", "LOG_JSON_FORMAT", "true"))
                .hasMessageContaining("LOG_FORMAT: \"text\" contradicts LOG_JSON_FORMAT");
    }

    @ParameterizedTest
    @CsvSource({
        "CONTROLLER_SCOPE, galaxy",
        "NODE_NAME, node/1",
        "POD_NAME, UPPER",
        "POD_NAMESPACE, a.b",
        "LEADER_ELECTION_ENABLED, maybe",
        "LEADER_ELECTION_LEASE_DURATION, 15",
        "LEADER_ELECTION_LEASE_DURATION, 999ms",
        "LEADER_ELECTION_LEASE_DURATION, 10s",
        "LEADER_ELECTION_RENEW_DEADLINE, 15s",
        "LEADER_ELECTION_RENEW_DEADLINE, 2400ms",
        "LEADER_ELECTION_RENEW_DEADLINE, -1s",
        "LEADER_ELECTION_RETRY_PERIOD, 0",
        "LEADER_ELECTION_RETRY_PERIOD, 9s",
        "LEADER_ELECTION_LOCK_NAME, -x",
        "LEADER_ELECTION_LOCK_NAMESPACE, x_y",
        "METRICS_ADDR, 8080",
        "METRICS_ADDR, :70000",
        "CONTROLLER_RESYNC_PERIOD, 30",
        "CONTROLLER_RESYNC_PERIOD, -1s",
        "CONTROLLER_RESYNC_PERIOD, 5 m",
        "CONTROLLER_RESYNC_PERIOD, 1ms",
        "CONTROLLER_POD_WORKERS, 0",
        "CONTROLLER_POD_WORKERS, many",
        "CONTROLLER_PCMC_WORKERS, 65",
        "CONTROLLER_MAX_RETRIES, -1",
        "CONTROLLER_MAX_RETRIES, 99999999999999",
        "CONTROLLER_RECONCILIATION_TIMEOUT, 60s",
        "CONTROLLER_RECONCILIATION_TIMEOUT, 1",
        "LOG_LEVEL, loud",
        "LOG_FORMAT, xml",
        "LOG_JSON_FORMAT, perhaps",
        "DEBUG, 2",
        "KUBECONFIG, /no/such/file",
        "KUBECONFIG, /tmp",
        "CGROUP_ROOT, no/absolute/path",
        "PROC_ROOT, /no/such/directory",
        "NETNS_ROOT, run/netns"
    })
    void namesTheVariableAndTheValueThatAreWrong(String variable, String value) {
        // One that is wrong only beside another is told with either.
        assertThatThrownBy(() -> with(variable, value))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(variable)
                .hasMessageContaining(value);
    }
}
