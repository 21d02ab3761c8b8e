package io.jbpf.cli.attach;

import io.jbpf.cli.output.Display;
import io.jbpf.cli.output.OutputOptions;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.programs.DefaultAction;
import io.jbpf.programs.FirewallRules;
import io.jbpf.programs.PortSet;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code jbpf attach l4-firewall}. */
@Command(
        name = "l4-firewall",
        description = {
            "Filters the TCP and UDP packets that come in by an interface, by destination port, until ctrl-C."
                    + " Answers to connections that begin inside from now on come in whatever the rules say; ICMP, ARP"
                    + " and neighbour discovery pass.",
            "PORTS is a list of ports and ranges, such as 80,443,8000-8100. A port that is both allowed and blocked is"
                    + " blocked.",
            "Ends with ctrl-C, after --count intervals, or when the interface is gone. The program is detached then;"
                    + " nothing of anybody else's on the interface is touched.",
            "Needs root, or CAP_BPF and CAP_NET_ADMIN, and CAP_SYS_ADMIN for another network namespace."
        })
final class AttachL4FirewallCommand implements Runnable {
    @ParentCommand
    private AttachCommand group;

    @Option(names = "--interface", paramLabel = "IF", required = true, description = "The interface to filter.")
    private String interfaceName;

    @ArgGroup
    private Place place = new Place();

    /** At most one of the two is given. */
    private static final class Place {
        @Option(
                names = "--netns",
                paramLabel = "PATH",
                description = "The network namespace the interface is in: /run/netns/NAME or /proc/PID/ns/net;"
                        + " default: this one.")
        private @Nullable Path path;

        @Option(names = "--pid", paramLabel = "N", description = "The same, by a process that is in it.")
        private @Nullable Long pid;

        @Nullable
        NetworkNamespace open() {
            if (path != null) {
                return NetworkNamespace.open(path);
            }
            return pid != null ? NetworkNamespace.ofProcess(pid) : null;
        }
    }

    @Option(
            names = "--allow",
            paramLabel = "PORTS",
            converter = PortSetConverter.class,
            description = "Ports that are let in.")
    private PortSet allowed = PortSet.empty();

    @Option(
            names = "--block",
            paramLabel = "PORTS",
            converter = PortSetConverter.class,
            description = "Ports that are not.")
    private PortSet blocked = PortSet.empty();

    @Option(
            names = "--default",
            paramLabel = "allow|block",
            converter = DefaultActionConverter.class,
            description = "What happens to packets to all other ports; default: ${DEFAULT-VALUE}.")
    private DefaultAction defaultAction = DefaultAction.ALLOW;

    @Mixin
    private IntervalOptions intervals;

    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        group.session().stop().heed();
        FirewallRules rules = new FirewallRules(allowed, blocked, defaultAction);
        if (!rules.overlap().isEmpty()) {
            output.note("both allowed and blocked, and therefore blocked: " + rules.overlap());
        }
        try (NetworkNamespace namespace = place.open();
                FilteredInterface filtered = FilteredInterface.attach(namespace, interfaceName, rules)) {
            filtered.filtersBefore()
                    .forEach(other -> output.note("another filter sees packets first: " + other
                            + "; what it accepts does not reach this firewall"));
            output.note("filtering " + interfaceName + " (" + filtered.hook() + "); ctrl-C ends");
            new Monitor(
                            group.session().stop(),
                            new Display(output, group.session().terminal()),
                            intervals)
                    .run(filtered.readings());
        }
    }
}
