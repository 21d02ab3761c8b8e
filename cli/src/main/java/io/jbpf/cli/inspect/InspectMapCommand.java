package io.jbpf.cli.inspect;

import io.jbpf.cli.output.Json;
import io.jbpf.cli.output.OutputFailure;
import io.jbpf.cli.output.OutputFormat;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Printable;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.MapDump;
import io.jbpf.map.BpfMap;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jbpf inspect map}. */
@Command(
        name = "map",
        description = {
            "Shows all that the kernel tells of one map, or what is in it.",
            "Needs root; or what opening a pin needs. By id, and for typed elements, CAP_SYS_ADMIN."
        })
final class InspectMapCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Mixin
    private OutputOptions output;

    @Mixin
    private KeeperOptions keeperOptions;

    @Parameters(
            paramLabel = "ID|PINNED",
            converter = ObjectReference.Converter.class,
            description = "Its id, or where it is pinned.")
    private ObjectReference which;

    @Option(
            names = "--dump",
            description =
                    "Print its elements instead, by the types it was made with, else in hexadecimal; with -o json one"
                            + " object a line. The map is not frozen meanwhile.")
    private boolean dump;

    private long count = Long.MAX_VALUE;

    @Option(names = "--count", paramLabel = "N", description = "With --dump: end after N elements.")
    void setCount(long elements) {
        if (elements < 1) {
            throw new ParameterException(
                    command.commandLine(), "Invalid value for option '--count': " + elements + " is less than 1");
        }
        count = elements;
    }

    @Override
    public void run() {
        try (BpfMap map = which.open(BpfMap::openById, BpfMap::openPinned)) {
            if (dump) {
                dump(map);
            } else {
                MapDetail detail = MapDetail.of(map, keeperOptions.look(output));
                output.one(detail, () -> table(detail));
            }
        }
        output.out().flush();
    }

    private void dump(BpfMap map) {
        PrintWriter out = output.out();
        MapDump elements = MapDump.of(map);
        for (long shown = 0; shown < count; shown++) {
            Optional<MapDump.Entry> entry = elements.next();
            if (entry.isEmpty()) {
                return;
            }
            out.println(
                    output.format() == OutputFormat.JSON
                            ? Json.line(MapElement.of(entry.get(), map.isPerCpu()))
                            : Printable.text(entry.get().toString()));
            if (shown % 256 == 0 && out.checkError()) {
                throw new OutputFailure();
            }
        }
    }

    private static Table table(MapDetail detail) {
        MapListing map = detail.listing();
        Table table = Table.of("PROPERTY", "VALUE")
                .row("id", map.id())
                .row("type", map.type())
                .row("name", map.name())
                .row("bytes key", map.bytesKey())
                .row("bytes value", map.bytesValue())
                .row("max entries", map.maxEntries())
                .row("flags", "0x" + Integer.toHexString(map.flags()))
                .row("map extra", detail.mapExtra())
                .row("frozen", detail.frozen())
                .row("bytes memlock", Table.cell(detail.bytesMemlock()))
                .row("owner program type", Table.cell(detail.ownerProgType()))
                .row("btf", map.btfId() == 0 ? "" : map.btfId())
                .row("btf key type", detail.btfKeyTypeId() == 0 ? "" : detail.btfKeyTypeId())
                .row("btf value type", detail.btfValueTypeId() == 0 ? "" : detail.btfValueTypeId());
        if (map.pinned() != null) {
            table.row("pinned", String.join(",", map.pinned()));
        }
        if (map.pids() != null) {
            table.row("holders", Keepers.words(map.pids()));
        }
        return table;
    }
}
