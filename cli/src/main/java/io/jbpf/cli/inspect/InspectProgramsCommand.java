package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jbpf inspect programs}. */
@Command(
        name = "programs",
        description = {
            "Lists the programs in the kernel, whoever loaded them, by rising id.",
            "Needs root or CAP_SYS_ADMIN."
        })
final class InspectProgramsCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        List<ProgramListing> programs =
                KernelObjects.programs().stream().map(ProgramListing::of).toList();
        output.list(programs, () -> table(programs));
    }

    private static Table table(List<ProgramListing> programs) {
        Table table = Table.of(">ID", "TYPE", "NAME", "TAG", ">XLATED", ">JITED", "MAPS");
        programs.forEach(program -> table.row(
                program.id(),
                program.type(),
                program.name(),
                program.tag(),
                program.bytesXlated(),
                program.bytesJited(),
                ids(program.mapIds())));
        return table;
    }

    private static String ids(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
