package io.jbpf.cli.output;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code -o} of every command that shows something, and the place it goes to. */
public final class OutputOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "Show the result as ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}."
                    + " A list is one JSON array, results that come one after the other are one JSON object a line.")
    private OutputFormat format;

    /** {@return the format that was asked for} */
    public OutputFormat format() {
        return format;
    }

    /** {@return standard output} */
    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    /** Says something about the command itself, on standard error: standard output is for results. */
    public void note(String sentence) {
        PrintWriter err = command.commandLine().getErr();
        err.println("jbpf: " + Printable.text(sentence));
        err.flush();
    }

    /**
     * Shows a list.
     *
     * @param models the records, for JSON
     * @param table the same as a table
     */
    public void list(List<?> models, Supplier<Table> table) {
        if (format == OutputFormat.JSON) {
            out().println(Json.array(models));
        } else {
            table.get().lines().forEach(out()::println);
        }
        out().flush();
    }

    /**
     * Shows one thing.
     *
     * @param model the record, for JSON
     * @param table the same as a table
     */
    public void one(Object model, Supplier<Table> table) {
        if (format == OutputFormat.JSON) {
            out().println(Json.line(model));
        } else {
            table.get().lines().forEach(out()::println);
        }
        out().flush();
    }
}
