package io.jbpf.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The terminal that standard output may be, and the control sequences it obeys: console_codes(4). */
public final class Terminal {
    private static final String ESCAPE = "\u001b[";

    /** Long lines are cut at the edge, so that a line of text is a line on the screen. */
    static final String WRAP_OFF = ESCAPE + "?7l";

    static final String WRAP_ON = ESCAPE + "?7h";

    /** To the start of the line, and everything from there on is wiped. */
    static final String WIPE_BELOW = "\r" + ESCAPE + "J";

    private Terminal() {}

    static String up(int lines) {
        return lines == 0 ? "" : ESCAPE + lines + "A";
    }

    /** {@return whether standard output is a terminal; Java's own answer includes standard input's} */
    public static boolean isStandardOutput() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
