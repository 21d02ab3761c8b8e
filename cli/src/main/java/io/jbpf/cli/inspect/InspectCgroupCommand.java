package io.jbpf.cli.inspect;

import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import io.jbpf.inspect.CgroupTree;
import io.jbpf.inspect.CgroupTree.Scope;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jbpf inspect cgroup}. */
@Command(
        name = "cgroup",
        description = {
            "Lists the programs attached to a cgroup and the cgroups below it, hook by hook, in the order in which they run.",
            "Needs root or CAP_NET_ADMIN."
        })
final class InspectCgroupCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Parameters(
            paramLabel = "PATH",
            arity = "0..1",
            description = "A directory of the v2 hierarchy; default: its root, and so all of it.")
    private @Nullable Path path;

    @Option(
            names = "--effective",
            description = "Show for each cgroup the programs that run for it: its own and those of the ones above it.")
    private boolean effective;

    @Override
    public void run() {
        CgroupTree tree = CgroupTree.below(
                path == null ? CgroupTree.mountPoint() : path, effective ? Scope.EFFECTIVE : Scope.ATTACHED);
        KeeperOptions.tell(output, tree.unreadable(), "programs");
        List<CgroupListing> programs = CgroupListing.of(tree);
        output.list(programs, () -> table(programs));
    }

    private static Table table(List<CgroupListing> programs) {
        Table table = Table.of("CGROUP", "HOOK", "FLAGS", ">ORDER", ">PROGRAM", "NAME");
        programs.forEach(each -> table.row(
                each.cgroup(), each.attachType(), each.attachFlags(), each.order(), each.progId(), each.progName()));
        return table;
    }
}
