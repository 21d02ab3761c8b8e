package io.jbpf.cli.inspect;

import io.jbpf.LoadReport;
import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.cli.FailureReport;
import io.jbpf.error.BpfException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What this kernel says to an object file, as {@code jbpf inspect object --load -o json} shows it.
 *
 * @param file the path as it was given
 * @param loaded whether the kernel takes all of it; programs that are optional do not count
 * @param error why not, in one sentence: it cannot be read, a map cannot be made, or which programs are refused; else null
 * @param programs in the order of the file
 */
record LoadListing(String file, boolean loaded, @Nullable String error, List<Program> programs) {
    /**
     * A program.
     *
     * @param name its function's
     * @param type as bpftool names it
     * @param loaded whether the kernel takes it
     * @param instructions with the sub-programs it calls
     * @param error why it is refused, in one sentence; else null
     */
    record Program(
            String name,
            String type,
            boolean loaded,
            int instructions,
            @Nullable String error) {
        static Program of(ProgramTrial trial) {
            return new Program(
                    trial.program().name(),
                    KernelNames.of(trial.program().type()),
                    trial.loaded(),
                    trial.instructions(),
                    trial.refusal().map(FailureReport::sentence).orElse(null));
        }
    }

    static LoadListing of(String file, LoadReport report) {
        return new LoadListing(
                file,
                report.loaded(),
                error(report),
                report.programs().stream().map(Program::of).toList());
    }

    static LoadListing unreadable(String file, String error) {
        return new LoadListing(file, false, error, List.of());
    }

    private static @Nullable String error(LoadReport report) {
        if (report.loaded()) {
            return null;
        }
        Optional<BpfException> whole =
                report.refusal().or(() -> report.refusedMaps().values().stream().findFirst());
        if (whole.isPresent()) {
            return FailureReport.sentence(whole.get());
        }
        List<String> refused = report.programs().stream()
                .filter(trial -> !trial.loaded() && trial.program().autoload())
                .map(trial -> trial.program().name())
                .toList();
        return refused.size() + " of " + report.programs().size() + " programs refused: " + String.join(", ", refused);
    }
}
