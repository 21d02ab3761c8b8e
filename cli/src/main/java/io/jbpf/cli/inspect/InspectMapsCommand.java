package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jbpf inspect maps}. */
@Command(
        name = "maps",
        description = {
            "Lists the maps in the kernel, whoever loaded them, by rising id.",
            "Needs root or CAP_SYS_ADMIN."
        })
final class InspectMapsCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        List<MapListing> maps =
                KernelObjects.maps().stream().map(MapListing::of).toList();
        output.list(maps, () -> table(maps));
    }

    private static Table table(List<MapListing> maps) {
        Table table = Table.of(">ID", "TYPE", "NAME", ">KEY", ">VALUE", ">ENTRIES", ">FLAGS");
        maps.forEach(map -> table.row(
                map.id(),
                map.type(),
                map.name(),
                map.bytesKey(),
                map.bytesValue(),
                map.maxEntries(),
                "0x" + Integer.toHexString(map.flags())));
        return table;
    }
}
