package io.jbpf.cli.inspect;

import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.NetworkPrograms;
import io.jbpf.netlink.NetworkNamespace;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jbpf inspect net}. */
@Command(
        name = "net",
        description = {
            "Lists the programs that packets meet in a network namespace, in the order in which they run: XDP, TCX, netkit and"
                    + " BPF filters of clsact at each interface, and the namespace's own.",
            "Needs root or CAP_NET_ADMIN there; in another namespace CAP_SYS_ADMIN."
        })
final class InspectNetCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @ArgGroup
    private @Nullable Namespace namespace;

    /** Another namespace than this process's. */
    static final class Namespace {
        @Option(
                names = "--netns",
                paramLabel = "PATH",
                description = "Look at this namespace, such as /run/netns/NAME; default: this one.")
        private @Nullable Path path;

        @Option(names = "--pid", paramLabel = "N", description = "Look at the namespace of this process.")
        private @Nullable Long pid;

        NetworkNamespace open() {
            if (path != null) {
                return NetworkNamespace.open(path);
            }
            return pid == null ? NetworkNamespace.current() : NetworkNamespace.ofProcess(pid);
        }
    }

    @Override
    public void run() {
        try (NetworkNamespace where = namespace == null ? NetworkNamespace.current() : namespace.open()) {
            List<NetListing> programs = NetListing.of(NetworkPrograms.in(where));
            output.list(programs, () -> table(programs));
        }
    }

    private static Table table(List<NetListing> programs) {
        Table table = Table.of(
                "INTERFACE", "HOOK", ">ORDER", ">PROGRAM", "NAME", ">LINK", ">PREF", ">HANDLE", "FILTER", "TAG");
        programs.forEach(each -> table.row(
                each.devname() == null ? "" : each.devname(),
                each.kind(),
                each.order(),
                each.progId(),
                each.progName(),
                each.linkId() == 0 ? "" : each.linkId(),
                Table.cell(each.preference()),
                each.handle() == null ? "" : "0x" + Long.toHexString(each.handle()),
                Table.cell(each.name()),
                Table.cell(each.tag())));
        return table;
    }
}
