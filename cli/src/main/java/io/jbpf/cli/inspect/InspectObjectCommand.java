package io.jbpf.cli.inspect;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.LoadReport;
import io.jbpf.LoadReport.ProgramTrial;
import io.jbpf.cli.CommandFailure;
import io.jbpf.cli.ExitStatus;
import io.jbpf.cli.FailureReport;
import io.jbpf.cli.JbpfCommand;
import io.jbpf.cli.output.Json;
import io.jbpf.cli.output.OutputFailure;
import io.jbpf.cli.output.OutputFormat;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Printable;
import io.jbpf.cli.output.Table;
import io.jbpf.elf.ElfFile;
import io.jbpf.error.BpfException;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.VerifierStatistics;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jbpf inspect object}. */
@Command(
        name = "object",
        description = {
            "Shows the sections, programs, maps, global variables and externs of BPF object files, and their CO-RE"
                    + " relocations with what they come to on this kernel. Nothing is loaded, and no privilege needed,"
                    + " unless --load asks what this kernel says to the programs.",
            "With -o json one object a line, one for each file: the field error is null, or says why the file cannot"
                    + " be read. The other files are shown nevertheless; the exit status is 1."
        })
final class InspectObjectCommand implements Callable<Integer> {
    /** The largest objects have some megabytes; this keeps /dev/zero from taking all memory. */
    private static final int LARGEST = 64 << 20;

    @Mixin
    private OutputOptions output;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Object files, as clang -target bpf writes them.")
    private List<Path> files;

    @ArgGroup
    private @Nullable Question question;

    /** What may be asked instead. */
    static final class Question {
        @Option(
                names = "--types",
                description = "Print the object's own types (BTF) as C instead. With -o json all else is there too, and"
                        + " the source in the field c.")
        private boolean types;

        @Option(
                names = "--load",
                description = {
                    "Load each program by itself, show the kernel's verdict and what it cost the verifier, and unload it."
                            + " Nothing is attached or pinned. Needs root, or CAP_BPF and what the programs need.",
                    "The exit status is 1 if anything is refused but programs that the file itself calls optional (their"
                            + " section's name begins with a question mark)."
                })
        private boolean load;
    }

    @Override
    public Integer call() {
        int status = ExitStatus.DONE;
        for (Path file : files) {
            try {
                status = Math.max(status, loads() ? tryLoading(file) : list(file));
            } catch (CommandFailure | BpfException e) {
                status = failed(file, e);
            }
        }
        return status;
    }

    private int list(Path file) {
        byte[] bytes = read(file);
        String name = file.toString();
        ObjectSpec spec = ObjectSpec.parse(name, bytes);
        boolean types = question != null && question.types;
        if (types && output.format() != OutputFormat.JSON) {
            // C as a whole: what is around it is a comment, even if the file is named to end one.
            flushed("/* " + Printable.text(name).replace("*/", "*\\/") + " */\n\n" + ObjectListing.types(spec));
        } else {
            show(ObjectListing.of(name, ElfFile.parse(name, bytes), spec, types));
        }
        return ExitStatus.DONE;
    }

    private boolean loads() {
        return question != null && question.load;
    }

    private int tryLoading(Path file) {
        String name = file.toString();
        LoadReport report = BpfObject.check(ObjectSpec.parse(name, read(file)), LoadOptions.DEFAULTS.withStatistics());
        if (output.format() == OutputFormat.JSON) {
            flushed(Json.line(LoadListing.of(name, report)));
        } else {
            flushed(Printable.text(name) + "\n\n"
                    + String.join("\n", trials(report).lines()) + "\n");
        }
        // What refuses several programs is told once.
        Set<BpfException> refusals = new LinkedHashSet<>();
        report.refusal().ifPresent(refusals::add);
        refusals.addAll(report.refusedMaps().values());
        report.programs().forEach(trial -> trial.refusal().ifPresent(refusals::add));
        refusals.forEach(refusal -> tell(name, refusal));
        return report.loaded() ? ExitStatus.DONE : ExitStatus.FAILED;
    }

    private static Table trials(LoadReport report) {
        Table table = Table.of("PROGRAM", "TYPE", "VERDICT", ">INSTRUCTIONS", ">PROCESSED", ">STATES", ">VERIFIER-US");
        for (ProgramTrial trial : report.programs()) {
            String verdict = trial.loaded() ? "loaded" : trial.program().autoload() ? "refused" : "refused (optional)";
            table.row(
                    trial.program().name(),
                    KernelNames.of(trial.program().type()),
                    verdict,
                    trial.instructions(),
                    cost(trial, VerifierStatistics::instructions),
                    cost(trial, VerifierStatistics::states),
                    cost(trial, VerifierStatistics::microseconds));
        }
        return table;
    }

    private static String cost(ProgramTrial trial, Function<VerifierStatistics, OptionalLong> number) {
        OptionalLong cost = trial.statistics().map(number).orElseGet(OptionalLong::empty);
        return cost.isPresent() ? Long.toString(cost.getAsLong()) : "";
    }

    private void tell(String file, BpfException refusal) {
        failureReport().print(new CommandFailure(file + ": " + FailureReport.sentence(refusal), refusal));
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new CommandFailure("'" + file + "' is larger than " + (LARGEST >> 20) + " MiB: no BPF object");
            }
            return bytes;
        } catch (FileSystemException e) {
            throw new CommandFailure(FailureReport.sentence(e), e);
        } catch (IOException e) {
            throw new CommandFailure("cannot read '" + file + "': " + e.getMessage(), e);
        }
    }

    private int failed(Path file, Exception failure) {
        if (output.format() == OutputFormat.JSON) {
            String sentence = FailureReport.sentence(failure);
            flushed(Json.line(
                    loads()
                            ? LoadListing.unreadable(file.toString(), sentence)
                            : ObjectListing.unreadable(file.toString(), sentence)));
        }
        return failureReport().print(failure);
    }

    private FailureReport failureReport() {
        JbpfCommand root = (JbpfCommand) command.root().userObject();
        return root.failureReport(command.commandLine());
    }

    private void flushed(String text) {
        PrintWriter out = output.out();
        out.println(text);
        if (out.checkError()) {
            throw new OutputFailure();
        }
    }

    private void show(ObjectListing object) {
        flushed(
                output.format() == OutputFormat.JSON
                        ? Json.line(object)
                        : String.join("\n", ObjectTables.lines(object)));
    }
}
