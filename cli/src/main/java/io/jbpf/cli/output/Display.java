package io.jbpf.cli.output;

import java.io.PrintWriter;
import java.util.List;

/**
 * Where results that come one after the other are shown: as JSON one object a line; as tables one over the other on a
 * terminal, one below the other elsewhere.
 */
public final class Display {
    private final PrintWriter out;
    private final OutputFormat format;
    private final boolean terminal;
    private int linesShown;

    /** A display of what an option asks for, on a terminal or elsewhere. */
    public Display(OutputOptions output, boolean terminal) {
        this(output.out(), output.format(), terminal);
    }

    Display(PrintWriter out, OutputFormat format, boolean terminal) {
        this.out = out;
        this.format = format;
        this.terminal = terminal;
    }

    /** {@return whether each table is drawn over the one before, and therefore has to fit the screen} */
    public boolean drawsOver() {
        return terminal && format == OutputFormat.TABLE;
    }

    /**
     * Shows a result.
     *
     * @param model the record, for JSON
     * @param lines the same as text
     * @throws OutputFailure if standard output takes no more
     */
    public void show(Object model, List<String> lines) {
        if (format == OutputFormat.JSON) {
            out.println(Json.line(model));
        } else if (terminal) {
            out.print(Terminal.up(linesShown) + Terminal.WIPE_BELOW + Terminal.WRAP_OFF);
            lines.forEach(out::println);
            out.print(Terminal.WRAP_ON);
            linesShown = lines.size();
        } else {
            lines.forEach(out::println);
            out.println();
        }
        if (out.checkError()) {
            throw new OutputFailure();
        }
    }
}
