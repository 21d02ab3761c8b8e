package io.jbpf.controller.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Shows how things go on: in one line that changes, on a terminal, and in one line after the other elsewhere. */
final class LiveView {
    private static final String REWRITE = "\r\033[K";

    private final PrintStream out;
    private final boolean terminal;

    LiveView(PrintStream out) {
        this.out = out;
        this.terminal = isTerminal();
    }

    /** System.console() says it only of both ends together, and since JDK 22 says something else. */
    private static boolean isTerminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).startsWith("/dev");
        } catch (IOException e) {
            return false;
        }
    }

    /** Shows a look; answers whether there is still somebody to see it. */
    boolean show(Look look) {
        String line = "port " + DemoPod.ALLOWED_PORT + " "
                + word(look.allowed()) + ", port " + DemoPod.BLOCKED_PORT + " " + word(look.blocked())
                + "; system calls " + Report.number(look.metrics().calls())
                + "; packets allowed " + Report.number(look.metrics().allowed())
                + ", blocked " + Report.number(look.metrics().blocked());
        if (terminal) {
            out.print(REWRITE + line);
            out.flush();
        } else {
            out.println(line);
        }
        return !out.checkError();
    }

    /** Leaves the line as it is. */
    void end() {
        if (terminal) {
            out.println();
        }
    }

    private static String word(Http.Answer answer) {
        if (answer instanceof Http.Silence) {
            return "is silent";
        }
        return answer.ok() ? "answers" : answer.toString();
    }
}
