package io.jbpf.controller.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alerts, as Prometheus understands them. */
class AlertsTest {
    private static final Path ALERTS = Manifests.file("monitoring/alerts.yaml");
    private static final Path UNIT_TESTS = Path.of("src", "test", "resources", "alerts-test.yaml");

    @TempDir
    private Path directory;

    @Test
    @RequiresTool("promtool")
    void promtoolFindsNothingWrong() throws IOException, InterruptedException {
        assertThat(Tool.run("promtool", "check", "rules", "--lint-fatal", ALERTS.toString()))
                .contains("SUCCESS: 2 rules found");
    }

    @Test
    @RequiresTool("promtool")
    void eachFiresWhenItShouldAndOnlyThen() throws IOException, InterruptedException {
        Path unitTests = Files.writeString(
                directory.resolve("test.yaml"),
                Files.readString(UNIT_TESTS)
                        .replace("ALERTS", ALERTS.toAbsolutePath().normalize().toString()));

        assertThat(Tool.run("promtool", "test", "rules", unitTests.toString())).contains("SUCCESS");
    }

    @Test
    void eachIsTested() throws IOException {
        List<String> tested = yaml(UNIT_TESTS).findValuesAsText("alertname");

        assertThat(yaml(ALERTS).findValuesAsText("alert")).isNotEmpty().allMatch(tested::contains);
    }

    @Test
    void theOperatorsRulesAreTheSame() throws IOException {
        JsonNode rule = yaml(Manifests.file("monitoring/prometheusrule.yaml"));

        assertThat(rule.path("spec")).isEqualTo(yaml(ALERTS));
    }

    private static JsonNode yaml(Path file) throws IOException {
        return new ObjectMapper(new YAMLFactory()).readTree(file.toFile());
    }
}
