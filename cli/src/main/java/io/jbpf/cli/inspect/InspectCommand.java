package io.jbpf.cli.inspect;

import io.jbpf.cli.JbpfCommand;
import io.jbpf.cli.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code jbpf inspect}: the group of what only looks. */
@Command(
        name = "inspect",
        description =
                "Shows what is loaded in the kernel and attached where, what the kernel can do, or what is in an object file.",
        subcommands = {
            InspectProgramsCommand.class,
            InspectProgramCommand.class,
            InspectMapsCommand.class,
            InspectMapCommand.class,
            InspectLinksCommand.class,
            InspectBtfCommand.class,
            InspectNetCommand.class,
            InspectCgroupCommand.class,
            InspectKernelCommand.class,
            InspectObjectCommand.class
        })
public final class InspectCommand implements Runnable {
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
        throw new ParameterException(
                spec.commandLine(),
                "what to inspect is missing: programs, maps, links, btf, net, cgroup, kernel, program or map ID,"
                        + " or object FILE...");
    }
}
