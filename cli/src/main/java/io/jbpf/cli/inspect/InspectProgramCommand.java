package io.jbpf.cli.inspect;

import io.jbpf.cli.output.OutputFormat;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Printable;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.Disassembly;
import io.jbpf.program.BpfProgram;
import java.io.PrintWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jbpf inspect program}. */
@Command(
        name = "program",
        description = {
            "Shows all that the kernel tells of one program, or its code.",
            "Needs root; or what opening a pin needs. By id, and for source lines, CAP_SYS_ADMIN."
        })
final class InspectProgramCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Mixin
    private KeeperOptions keeperOptions;

    @Parameters(
            paramLabel = "ID|PINNED",
            converter = ObjectReference.Converter.class,
            description = "Its id, or where it is pinned.")
    private ObjectReference which;

    @ArgGroup
    private @Nullable Code code;

    /** What may be asked instead. */
    static final class Code {
        @Option(
                names = "--instructions",
                description = "Print what the verifier made of its instructions. With -o json all else is there, too.")
        private boolean instructions;

        @Option(
                names = "--source",
                description = "The same beside the source lines they came from, if it was loaded with BTF.")
        private boolean source;

        private boolean isWanted() {
            return instructions || source;
        }
    }

    @Override
    public void run() {
        try (BpfProgram program = which.open(BpfProgram::openById, BpfProgram::openPinned)) {
            Disassembly disassembly = code != null && code.isWanted() ? Disassembly.of(program) : null;
            if (disassembly != null && output.format() != OutputFormat.JSON) {
                print(disassembly);
            } else {
                ProgramDetail detail = ProgramDetail.of(program, keeperOptions.look(output), disassembly);
                output.one(detail, () -> table(detail));
            }
        }
        output.out().flush();
    }

    private void print(Disassembly disassembly) {
        PrintWriter out = output.out();
        boolean source = code != null && code.source;
        for (Disassembly.Row row : disassembly.rows()) {
            row.function().ifPresent(name -> out.println(Printable.text(name) + ":"));
            if (source) {
                row.source()
                        .ifPresent(line -> out.println(
                                "; " + Printable.text(line.text() + " @ " + line.file() + ":" + line.line())));
            }
            out.println("%4d: %s".formatted(row.index(), Printable.text(row.text())));
        }
        if (disassembly.rows().isEmpty()) {
            output.note("the kernel hides the program's instructions from this process");
        }
    }

    private static Table table(ProgramDetail detail) {
        ProgramListing program = detail.listing();
        Table table = Table.of("PROPERTY", "VALUE")
                .row("id", program.id())
                .row("type", program.type())
                .row("name", program.name())
                .row("tag", program.tag())
                .row("loaded at", Instant.ofEpochSecond(program.loadedAt()))
                .row("uid", program.uid())
                .row("GPL compatible", program.gplCompatible())
                .row("bytes xlated", program.bytesXlated())
                .row("bytes jited", program.jited() ? program.bytesJited() : "not jited")
                .row("bytes memlock", Table.cell(detail.bytesMemlock()))
                .row("maps", InspectProgramsCommand.ids(program.mapIds()))
                .row("btf", program.btfId() == 0 ? "" : program.btfId())
                .row("attach target", Table.cell(detail.attachTarget()))
                .row("verified instructions", program.verifiedInstructions())
                .row("recursion misses", program.recursionMisses())
                .row("runs", program.runCnt())
                .row("run time ns", program.runTimeNs());
        if (program.pinned() != null) {
            table.row("pinned", String.join(",", program.pinned()));
        }
        if (program.pids() != null) {
            table.row("holders", Keepers.words(program.pids()));
        }
        return table;
    }
}
