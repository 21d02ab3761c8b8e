package io.jbpf.cli;

import io.jbpf.cli.attach.AttachCommand;
import io.jbpf.cli.inspect.InspectCommand;
import io.jbpf.cli.trace.TraceCommand;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code jbpf}: the options that every sub-command takes, and the list of the sub-commands. */
@Command(
        name = "jbpf",
        description = "Looks at and attaches eBPF programs.",
        subcommands = {InspectCommand.class, AttachCommand.class, TraceCommand.class, GenerateCompletion.class},
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = JbpfVersion.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done; also when ctrl-C or SIGTERM ended a command that runs until then",
            "1:it could not be done; standard error says why",
            "2:the command line is wrong; nothing was tried"
        })
public final class JbpfCommand implements Runnable {
    private final Session session;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "With an error, show its stack trace, and the verifier's whole log if it refused a program.")
    private boolean verbose;

    private JbpfCommand(Session session) {
        this.session = session;
    }

    /**
     * The whole command line, ready to execute.
     *
     * @param session what it runs in
     */
    public static CommandLine commandLine(Session session) {
        JbpfCommand command = new JbpfCommand(session);
        return new CommandLine(command)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setParameterExceptionHandler(new UsageReport())
                .setExecutionExceptionHandler((failure, failed, parsed) ->
                        command.failureReport(failed).print(failure));
    }

    /** {@return the way to tell a failure, as verbose as was asked for} */
    public FailureReport failureReport(CommandLine command) {
        return new FailureReport(command.getErr(), verbose);
    }

    /** {@return what the command line runs in} */
    public Session session() {
        return session;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
