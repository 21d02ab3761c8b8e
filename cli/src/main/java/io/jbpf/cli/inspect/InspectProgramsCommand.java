package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.cli.DurationConverter;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.program.RunStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code jbpf inspect programs}. */
@Command(
        name = "programs",
        description = {
            "Lists the programs in the kernel, whoever loaded them, by rising id.",
            "Needs root or CAP_SYS_ADMIN."
        })
final class InspectProgramsCommand implements Runnable {
    @ParentCommand
    private InspectCommand group;

    @Mixin
    private OutputOptions output;

    @Mixin
    private KeeperOptions keeperOptions;

    @Option(
            names = "--stats",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            description =
                    "Have the kernel count and time the runs of all programs for so long first, such as 5s; show the"
                            + " counts, which go on from earlier ones. Linux 5.8.")
    private @Nullable Duration stats;

    @Override
    public void run() {
        if (stats != null) {
            count(stats);
        }
        Keepers keepers = keeperOptions.look(output);
        List<ProgramListing> programs = KernelObjects.programs().stream()
                .map(program -> ProgramListing.of(program, keepers))
                .toList();
        output.list(programs, () -> table(programs, keepers));
    }

    @SuppressWarnings("try") // counting is on by being open
    private void count(Duration time) {
        group.session().stop().heed();
        try (RunStatistics statistics = RunStatistics.enable()) {
            group.session().stop().await(time);
        }
    }

    private Table table(List<ProgramListing> programs, Keepers keepers) {
        List<String> headings = new ArrayList<>(List.of(">ID", "TYPE", "NAME", "TAG", ">XLATED", ">JITED", "MAPS"));
        if (stats != null) {
            headings.addAll(List.of(">RUNS", ">TIME-NS"));
        }
        Table table = keepers.table(headings.toArray(String[]::new));
        programs.forEach(program -> keepers.row(table, ObjectKind.PROGRAM, program.id(), cells(program)));
        return table;
    }

    private Object[] cells(ProgramListing program) {
        List<Object> cells = new ArrayList<>(Arrays.asList(
                program.id(),
                program.type(),
                program.name(),
                program.tag(),
                program.bytesXlated(),
                program.bytesJited(),
                ids(program.mapIds())));
        if (stats != null) {
            cells.addAll(List.of(program.runCnt(), program.runTimeNs()));
        }
        return cells.toArray();
    }

    static String ids(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
