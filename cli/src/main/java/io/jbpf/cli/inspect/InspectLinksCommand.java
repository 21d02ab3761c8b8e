package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.ObjectKind;
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

    @Mixin
    private KeeperOptions keeperOptions;

    @Override
    public void run() {
        Keepers keepers = keeperOptions.look(output);
        List<LinkListing> links = KernelObjects.links().stream()
                .map(link -> LinkListing.of(link, keepers))
                .toList();
        output.list(links, () -> table(links, keepers));
    }

    private static Table table(List<LinkListing> links, Keepers keepers) {
        Table table = keepers.table(">ID", "TYPE", ">PROGRAM", "TARGET");
        links.forEach(link ->
                keepers.row(table, ObjectKind.LINK, link.id(), link.id(), link.type(), link.progId(), link.target()));
        return table;
    }
}
