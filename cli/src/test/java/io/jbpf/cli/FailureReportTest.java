package io.jbpf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.VerifierException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailureReportTest {
    @Test
    void anErrorOfJbpfIsToldInItsOwnWordsAlone() {
        assertThat(told(new BpfException("the map 'm' is full"), false)).isEqualTo("jbpf: the map 'm' is full\n");
    }

    @Test
    void verboseAddsTheStackTrace() {
        assertThat(told(new BpfException("the map 'm' is full"), true))
                .startsWith("jbpf: the map 'm' is full\n")
                .contains("\tat io.jbpf.cli.FailureReportTest");
    }

    @Test
    void theVerifiersLogIsOfferedAndShownOnRequest() {
        VerifierException refusal =
                new VerifierException("f", Errno.EACCES, "R0 !read_ok", "return x;", "0: (95) exit\nR0 !read_ok");

        assertThat(told(refusal, false)).contains("R0 !read_ok", "--verbose").doesNotContain("(95) exit");
        assertThat(told(new IllegalStateException(refusal), true)).contains("0: (95) exit\n");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThat(told(new UncheckedIOException(new NoSuchFileException("/nowhere")), false))
                .isEqualTo("jbpf: there is no file '/nowhere'\n");
    }

    @Test
    void whatNobodyExpectedIsCalledADefect() {
        assertThat(told(new IllegalStateException("x"), false))
                .contains("IllegalStateException: x", "a defect in jbpf");
    }

    @Test
    void escapeSequencesInAMessageDoNotReachTheTerminal() {
        assertThat(told(new BpfException("section '\u001b[2J'"), false)).isEqualTo("jbpf: section '\\u001b[2J'\n");
    }

    @Test
    void anOrdinaryInputErrorIsTold() {
        assertThat(told(new IOException("Input/output error"), false)).isEqualTo("jbpf: Input/output error\n");
    }

    private static String told(Throwable failure, boolean verbose) {
        StringWriter err = new StringWriter();
        assertThat(new FailureReport(new PrintWriter(err), verbose).print(failure))
                .isEqualTo(ExitStatus.FAILED);
        return err.toString();
    }
}
