package io.jbpf.cli;

import static io.jbpf.cli.InProcess.jbpf;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JbpfCommandTest {
    @Test
    void helpExplainsTheExitStatuses() {
        InProcess help = jbpf("--help");

        assertThat(help.status()).isEqualTo(ExitStatus.DONE);
        assertThat(help.out()).contains("inspect", "generate-completion", "Exit status:", "ctrl-C");
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inspect",
                "inspect programs",
                "inspect program",
                "inspect maps",
                "inspect map",
                "inspect links",
                "inspect btf",
                "inspect net",
                "inspect cgroup",
                "inspect object",
                "trace"
            })
    void everyCommandHasHelpWithTheExitStatuses(String command) {
        String[] arguments = (command + " --help").split(" ", -1);

        assertThat(jbpf(arguments).status()).isEqualTo(ExitStatus.DONE);
        assertThat(jbpf(arguments).out()).startsWith("Usage: jbpf " + command).contains("Exit status:", "--verbose");
    }

    @Test
    void tellsItsVersion() {
        assertThat(jbpf("--version").out()).matches("(?s)jbpf \\d+\\.\\d+\\.\\d+\\S*\\R.*");
        assertThat(jbpf("--version").out()).contains("Java " + System.getProperty("java.version"));
    }

    @Test
    void printsACompletionScript() {
        assertThat(jbpf("generate-completion").out())
                .startsWith("#!/usr/bin/env bash")
                .contains("inspect");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "inspect",
                "nonsense",
                "inspect object",
                "inspect programs -o yaml",
                "--nonsense",
                "inspect program",
                "inspect program 0",
                "inspect program 99999999999",
                "inspect program 1 --source --instructions",
                "inspect map 1 --dump --count 0",
                "inspect btf 0",
                "inspect net --pid 1 --netns /proc/1/ns/net",
                "trace --count 0"
            })
    void aWrongCommandLineIsExplainedInShortAndHasStatusTwo(String commandLine) {
        InProcess run = jbpf(commandLine.isEmpty() ? new String[0] : commandLine.split(" ", -1));

        assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("jbpf: ")
                .contains("--help' for more information.")
                .doesNotContain("\tat ");
        assertThat(run.err().lines().count()).isLessThanOrEqualTo(3);
    }

    @Test
    void aMisspeltCommandIsAnsweredWithTheRightOne() {
        assertThat(jbpf("inspect", "progams").err()).contains("Did you mean: ", "inspect programs");
    }

    @Test
    void aReaderThatHasSeenEnoughIsNoFailure() {
        StringWriter err = new StringWriter();

        assertThat(runInto("Broken pipe", err)).isEqualTo(ExitStatus.DONE);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aFullDiskIsAFailure() {
        StringWriter err = new StringWriter();

        assertThat(runInto("No space left on device", err)).isEqualTo(ExitStatus.FAILED);
        assertThat(err.toString()).contains("cannot write to standard output: No space left on device");
    }

    private static int runInto(String error, StringWriter err) {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(error);
            }
        };
        String[] arguments = {"--help"};
        return Main.run(arguments, new Session(new StopSignal(), false), broken, new PrintWriter(err, true));
    }
}
