package io.jbpf.cli.inspect;

import io.jbpf.cli.output.OutputOptions;
import io.jbpf.fs.BpfFs;
import io.jbpf.inspect.Holders;
import io.jbpf.inspect.Pins;
import io.jbpf.inspect.Unreadable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that ask who keeps an object alive. */
final class KeeperOptions {
    @Option(names = "--pins", description = "Show where in a bpffs each is pinned.")
    private boolean pins;

    @Option(
            names = "--bpffs",
            paramLabel = "DIRECTORY",
            defaultValue = "/sys/fs/bpf",
            description = "Look for pins here and below; default: ${DEFAULT-VALUE}.")
    private Path bpffs;

    @Option(
            names = "--holders",
            description = "Show which processes have a descriptor of each. Needs CAP_SYS_PTRACE to see other users'.")
    private boolean holders;

    /** Looks, and says on standard error what could not be looked at. */
    Keepers look(OutputOptions output) {
        Optional<Pins> pinned = pins ? Optional.of(lookForPins()) : Optional.empty();
        Optional<Holders> held = holders ? Optional.of(Holders.now()) : Optional.empty();
        pinned.ifPresent(found -> tell(output, found.unreadable(), "pins"));
        held.ifPresent(found -> tell(output, found.unreadable(), "holders"));
        return new Keepers(pinned, held);
    }

    /** Where no bpffs is mounted nothing is pinned; another directory that is none is a mistake. */
    private Pins lookForPins() {
        return bpffs.equals(BpfFs.DEFAULT_ROOT) && !BpfFs.isAt(bpffs)
                ? new Pins(List.of(), List.of())
                : Pins.below(bpffs);
    }

    static void tell(OutputOptions output, List<Unreadable> unreadable, String what) {
        if (!unreadable.isEmpty()) {
            output.note("there may be more " + what + ": " + unreadable.size() + " could not be looked at, first "
                    + unreadable.get(0));
        }
    }
}
