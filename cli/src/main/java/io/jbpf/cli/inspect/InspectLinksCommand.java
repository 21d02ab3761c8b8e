package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jbpf inspect links}. */
@Command(
        name = "links",
        description = {
            "Lists the links in the kernel, whoever loaded them, by rising id.",
            "Needs root or CAP_SYS_ADMIN."
        })
final class InspectLinksCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        List<LinkListing> links =
                KernelObjects.links().stream().map(LinkListing::of).toList();
        output.list(links, () -> table(links));
    }

    private static Table table(List<LinkListing> links) {
        Table table = Table.of(">ID", "TYPE", ">PROGRAM", "TARGET");
        links.forEach(link -> table.row(link.id(), link.type(), link.progId(), link.target()));
        return table;
    }
}
