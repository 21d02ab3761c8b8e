package io.jbpf.cli.inspect;

import io.jbpf.KernelObjects;
import io.jbpf.btf.Btf;
import io.jbpf.cli.output.Json;
import io.jbpf.cli.output.OutputFormat;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.csource.CHeader;
import io.jbpf.inspect.Holders;
import io.jbpf.inspect.ObjectKind;
import io.jbpf.kernel.BtfInfo;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jbpf inspect btf}. */
@Command(
        name = "btf",
        description = {
            "Lists the BTF in the kernel, its own and its modules' as well as that of programs and maps, by rising id; or"
                    + " prints the types of one as C.",
            "Needs root or CAP_SYS_ADMIN."
        })
final class InspectBtfCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Mixin
    private OutputOptions output;

    @Option(
            names = "--holders",
            description = "Show which processes have a descriptor of each. Needs CAP_SYS_PTRACE to see other users'.")
    private boolean holders;

    private @Nullable Integer id;

    @Parameters(
            paramLabel = "ID",
            arity = "0..1",
            description = "Print the types of this one as C. With -o json the rest is there, too.")
    void setId(int number) {
        if (number <= 0) {
            throw new ParameterException(command.commandLine(), "'" + number + "' is no id");
        }
        id = number;
    }

    @Override
    public void run() {
        if (id == null) {
            list();
        } else {
            print(id);
        }
        output.out().flush();
    }

    private Keepers keepers() {
        if (!holders) {
            return new Keepers(Optional.empty(), Optional.empty());
        }
        Holders found = Holders.now();
        KeeperOptions.tell(output, found.unreadable(), "holders");
        return new Keepers(Optional.empty(), Optional.of(found));
    }

    private void list() {
        Keepers keepers = keepers();
        List<BtfListing> all = KernelObjects.btfs().stream()
                .map(info -> BtfListing.of(info, keepers, null))
                .toList();
        output.list(all, () -> {
            Table table = keepers.table(">ID", "NAME", ">SIZE", "KERNEL");
            all.forEach(btf -> keepers.row(
                    table, ObjectKind.BTF, btf.id(), btf.id(), btf.name(), btf.size(), btf.kernel() ? "yes" : ""));
            return table;
        });
    }

    private void print(int number) {
        Btf types = BtfInfo.typesOf(number);
        // A module's types are of use beside the kernel's.
        CHeader header = types.base().isPresent() ? CHeader.onTopOfBase(types, "vmlinux.h") : CHeader.of(types);
        String c = header.text();
        if (output.format() == OutputFormat.JSON) {
            output.out().println(Json.line(BtfListing.of(BtfInfo.byId(number), keepers(), c)));
        } else {
            output.out().print(c);
        }
    }
}
