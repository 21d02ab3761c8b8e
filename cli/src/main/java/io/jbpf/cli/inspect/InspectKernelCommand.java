package io.jbpf.cli.inspect;

import io.jbpf.cli.output.OutputOptions;
import io.jbpf.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jbpf inspect kernel}. */
@Command(
        name = "kernel",
        description = {
            "Tells what this kernel can do, found out by trying: tiny programs are loaded and unloaded, nothing is"
                    + " attached. What it has no answer to, most often for want of privilege, is unknown.",
            "Needs root or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON to tell everything."
        })
final class InspectKernelCommand implements Runnable {
    @Mixin
    private OutputOptions output;

    @Option(names = "--lacking", description = "Show only what is unsupported or unknown.")
    private boolean lacking;

    @Override
    public void run() {
        List<ProbeListing> probes = ProbeListing.all().stream()
                .filter(probe -> !lacking || !probe.verdict().equals("supported"))
                .toList();
        output.list(probes, () -> table(probes));
    }

    private static Table table(List<ProbeListing> probes) {
        Table table = Table.of("KIND", "NAME", "VERDICT", "REASON");
        probes.forEach(probe -> table.row(probe.kind(), probe.name(), probe.verdict(), probe.reason()));
        return table;
    }
}
