package io.jbpf.cli.attach;

import io.jbpf.cli.JbpfCommand;
import io.jbpf.cli.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code jbpf attach}: the group of what is in its place for as long as the command runs. */
@Command(
        name = "attach",
        description = "Attaches one of jbpf's programs until ctrl-C, and shows what it counts.",
        subcommands = {AttachSyscallCounterCommand.class, AttachL4FirewallCommand.class})
public final class AttachCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private JbpfCommand root;

    /** {@return what the command line runs in} */
    Session session() {
        return root.session();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to attach is missing: syscall-counter or l4-firewall");
    }
}
