package io.jbpf.cli;

import io.jbpf.cli.output.StandardOutput;
import io.jbpf.cli.output.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.Optional;

/** The entry point of {@code java -jar jbpf-cli.jar}. */
public final class Main {
    private Main() {}

    /**
     * Runs the command line and ends the virtual machine with its exit status.
     *
     * @param arguments what was typed after the program's name
     */
    public static void main(String[] arguments) {
        StopSignal stop = new StopSignal();
        Termination termination = Termination.of(stop);
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, Charset.defaultCharset());
        termination.exit(run(
                arguments,
                new Session(stop, Terminal.isStandardOutput()),
                new FileOutputStream(FileDescriptor.out),
                err));
    }

    /** Runs the command line; whatever happens ends as an exit status. */
    static int run(String[] arguments, Session session, OutputStream stdout, PrintWriter err) {
        StandardOutput output = new StandardOutput(stdout);
        PrintWriter out = new PrintWriter(output);
        FailureReport report = new FailureReport(err, Arrays.asList(arguments).contains("--verbose"));
        int status;
        try {
            status = JbpfCommand.commandLine(session).setOut(out).setErr(err).execute(arguments);
        } catch (LinkageError | OutOfMemoryError e) {
            // picocli hands on exceptions only.
            status = report.print(e);
        }
        out.flush();
        if (output.readerWentAway()) {
            return ExitStatus.DONE;
        }
        Optional<IOException> failure = output.failure();
        return failure.isPresent()
                ? report.print(new CommandFailure(
                        "cannot write to standard output: " + failure.get().getMessage(), failure.get()))
                : status;
    }
}
