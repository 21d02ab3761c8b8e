package io.jbpf.controller.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code deploy/demo} answers before it builds anything. */
class LauncherTest {
    private record Result(int status, String output) {}

    @Test
    void explainsItself() throws Exception {
        Result result = launch("--once", "--help");

        assertThat(result.status()).isZero();
        assertThat(result.output()).startsWith("usage: deploy/demo [--once] [--sabotage firewall|counter]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--sabotage", "--sabotage everything", "--twice", "once"})
    void refusesWhatItDoesNotKnow(String arguments) throws Exception {
        Result result = launch(arguments.split(" ", -1));

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.output()).matches("deploy/demo: .*'.*'.*; see deploy/demo --help\n");
    }

    @Test
    void knowsTheSameOptionsAsTheProgram() {
        DemoOptions options = DemoOptions.parse("--once", "--verbose", "--sabotage", "counter");

        assertThat(options.once()).isTrue();
        assertThat(options.verbose()).isTrue();
        assertThat(options.sabotaged()).isPresent();
    }

    private static Result launch(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of("..", "deploy", "demo").toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
