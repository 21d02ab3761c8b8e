package io.jbpf.cli.inspect;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jbpf inspect}: the group of what only looks. */
@Command(
        name = "inspect",
        description = "Shows what is loaded in the kernel, what it can do, or what is in an object file.",
        subcommands = {
            InspectProgramsCommand.class,
            InspectMapsCommand.class,
            InspectLinksCommand.class,
            InspectObjectCommand.class,
            InspectKernelCommand.class
        })
public final class InspectCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "what to inspect is missing: programs, maps, links, kernel or object FILE...");
    }
}
