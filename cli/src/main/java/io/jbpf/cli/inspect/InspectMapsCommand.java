package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.ObjectKind;
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

    @Mixin
    private KeeperOptions keeperOptions;

    @Override
    public void run() {
        Keepers keepers = keeperOptions.look(output);
        List<MapListing> maps = KernelObjects.maps().stream()
                .map(map -> MapListing.of(map, keepers))
                .toList();
        output.list(maps, () -> table(maps, keepers));
    }

    private static Table table(List<MapListing> maps, Keepers keepers) {
        Table table = keepers.table(">ID", "TYPE", "NAME", ">KEY", ">VALUE", ">ENTRIES", ">FLAGS");
        maps.forEach(map -> keepers.row(
                table,
                ObjectKind.MAP,
                map.id(),
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
