package io.jbpf.cli.inspect;

import io.jbpf.cli.output.Printable;
import io.jbpf.cli.output.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** An object file as {@code jbpf inspect object} shows it to people: a heading, and a table for whatever it has. */
final class ObjectTables {
    private ObjectTables() {}

    static List<String> lines(ObjectListing object) {
        List<String> lines = new ArrayList<>();
        lines.add(Printable.text(object.file()) + ", licence " + Printable.text(String.valueOf(object.licence())));
        Stream.of(
                        sections(object),
                        programs(object),
                        maps(object),
                        globals(object),
                        externs(object),
                        coreRelocations(object))
                .filter(table -> !table.isEmpty())
                .forEach(table -> {
                    lines.add("");
                    lines.addAll(table.lines());
                });
        lines.add("");
        return lines;
    }

    private static Table sections(ObjectListing object) {
        Table table = Table.of("SECTION", ">SIZE");
        object.sections().forEach(section -> table.row(section.name(), section.size()));
        return table;
    }

    private static Table programs(ObjectListing object) {
        Table table = Table.of("PROGRAM", "SECTION", "TYPE", "ATTACH TYPE", "TARGET", ">INSTRUCTIONS");
        object.programs()
                .forEach(program -> table.row(
                        program.name(),
                        program.section(),
                        program.type(),
                        program.attachType(),
                        program.attachTarget(),
                        program.instructions()));
        return table;
    }

    private static Table maps(ObjectListing object) {
        Table table = Table.of("MAP", "TYPE", ">KEY", ">VALUE", ">ENTRIES", ">FLAGS", "PINNED");
        object.maps()
                .forEach(map -> table.row(
                        map.name(),
                        map.type(),
                        map.bytesKey(),
                        map.bytesValue(),
                        map.maxEntries(),
                        "0x" + Integer.toHexString(map.flags()),
                        map.pinned() ? "by name" : ""));
        return table;
    }

    private static Table globals(ObjectListing object) {
        Table table = Table.of("GLOBAL", "SECTION", ">OFFSET", ">SIZE");
        object.globals().forEach(global -> table.row(global.name(), global.section(), global.offset(), global.size()));
        return table;
    }

    private static Table externs(ObjectListing object) {
        Table table = Table.of("EXTERN", "SECTION", "KIND", "BINDING", "TYPE", "ON THIS KERNEL");
        object.externs()
                .forEach(extern -> table.row(
                        extern.name(),
                        extern.section(),
                        extern.kind(),
                        extern.weak() ? "weak" : "strong",
                        extern.type(),
                        extern.here()));
        return table;
    }

    private static Table coreRelocations(ObjectListing object) {
        Table table = Table.of(
                "CO-RE", "FUNCTION", ">INSTRUCTION", "TYPE AND PART", "ACCESS", ">LOCAL", ">HERE", "ON THIS KERNEL");
        object.coreRelocations()
                .forEach(asked -> table.row(
                        asked.kind(),
                        asked.function(),
                        asked.instruction(),
                        "[" + asked.typeId() + "] " + asked.subject(),
                        asked.access(),
                        asked.local() == null ? "" : asked.local(),
                        asked.target() == null ? "" : asked.target(),
                        asked.why()));
        return table;
    }
}
