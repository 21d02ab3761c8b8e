package io.jbpf.cli.trace;

import io.jbpf.cli.JbpfCommand;
import io.jbpf.cli.StopSignal;
import io.jbpf.cli.output.Json;
import io.jbpf.cli.output.OutputFailure;
import io.jbpf.cli.output.OutputFormat;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Printable;
import io.jbpf.event.TraceLine;
import io.jbpf.event.TracePipe;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code jbpf trace}. */
@Command(
        name = "trace",
        description = {
            "Prints what programs write with bpf_printk, whosever they are, until ctrl-C or --count lines.",
            "Others that read trace_pipe get their lines all the same; before Linux 5.9 each line goes to one reader.",
            "Needs root: tracefs is root's."
        })
public final class TraceCommand implements Runnable {
    /** How late ctrl-C may be heeded. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    @Spec
    private CommandSpec command;

    @ParentCommand
    private JbpfCommand root;

    @Mixin
    private OutputOptions output;

    private long count = Long.MAX_VALUE;
    private long shown;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "End after N lines. Without it, ctrl-C ends the command.")
    void setCount(long lines) {
        if (lines < 1) {
            throw new ParameterException(
                    command.commandLine(), "Invalid value for option '--count': " + lines + " is less than 1");
        }
        count = lines;
    }

    @Override
    public void run() {
        StopSignal stop = root.session().stop();
        stop.heed();
        try (TracePipe pipe = TracePipe.open(this::show)) {
            output.note("reading what programs print; ctrl-C ends"
                    + (pipe.isShared() ? "; other readers of trace_pipe miss what is shown here" : ""));
            long lost = 0;
            while (shown < count && !stop.await(Duration.ZERO)) {
                pipe.poll(PATIENCE);
                flush();
                if (pipe.lost() > lost) {
                    output.note((pipe.lost() - lost) + " lines came too fast and are lost");
                    lost = pipe.lost();
                }
            }
        }
    }

    private void show(TraceLine line) {
        if (shown == count) {
            return;
        }
        shown++;
        PrintWriter out = output.out();
        if (output.format() == OutputFormat.JSON) {
            out.println(Json.line(TraceListing.of(line)));
        } else {
            String head = String.format(
                    Locale.ROOT,
                    "%d.%06d  %s-%d  [%03d]  ",
                    line.time().toSeconds(),
                    line.time().toNanosPart() / 1000,
                    Printable.text(line.task()),
                    line.pid(),
                    line.cpu());
            line.message().lines().forEach(part -> out.println(head + Printable.text(part)));
        }
    }

    private void flush() {
        if (output.out().checkError()) {
            throw new OutputFailure();
        }
    }
}
