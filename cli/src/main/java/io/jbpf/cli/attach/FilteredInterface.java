package io.jbpf.cli.attach;

import io.jbpf.cli.CommandFailure;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.programs.FirewallRules;
import io.jbpf.programs.FirewallStats;
import io.jbpf.programs.L4Firewall;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A firewall on one interface, with an eye on whether the interface is still there. */
final class FilteredInterface implements AutoCloseable {
    /** Stays in the interface's namespace, whichever thread uses it. */
    private final RouteSocket route;

    private final InterfaceInfo filtered;
    private final L4Firewall firewall;

    private FilteredInterface(RouteSocket route, InterfaceInfo filtered, L4Firewall firewall) {
        this.route = route;
        this.filtered = filtered;
        this.firewall = firewall;
    }

    /**
     * Attaches a firewall.
     *
     * @param namespace where the interface is, null for the calling thread's
     * @param name the interface
     * @param rules which packets may come in
     */
    static FilteredInterface attach(@Nullable NetworkNamespace namespace, String name, FirewallRules rules) {
        // Entering a namespace needs CAP_SYS_ADMIN, even if it is the own one.
        return namespace == null ? attach(name, rules) : namespace.call(() -> attach(name, rules));
    }

    private static FilteredInterface attach(String name, FirewallRules rules) {
        RouteSocket route = RouteSocket.open();
        try {
            InterfaceInfo found = route.interfaces().get(name);
            return new FilteredInterface(route, found, L4Firewall.attach(rules, found));
        } catch (RuntimeException e) {
            route.close();
            throw e;
        }
    }

    /** {@return how it is attached, as the word for it: {@code tcx}} */
    String hook() {
        return firewall.hook().name().toLowerCase(Locale.ROOT);
    }

    /** {@return filters of others that see packets before the firewall does} */
    List<TcFilter> filtersBefore() {
        return firewall.filtersBefore();
    }

    /** {@return readings, each with what was added since the one before} */
    Supplier<FirewallReading> readings() {
        Stopwatch stopwatch = new Stopwatch();
        FirewallStats[] before = {FirewallStats.NONE};
        return () -> {
            if (route.interfaces().find(filtered.index()).isEmpty()) {
                throw new CommandFailure("interface '" + filtered.name()
                        + "' is gone, and the firewall with it; attach again when it is back");
            }
            FirewallStats now = firewall.stats();
            FirewallReading reading =
                    FirewallReading.of(Stopwatch.time(), filtered.name(), hook(), stopwatch.lap(), now, before[0]);
            before[0] = now;
            return reading;
        };
    }

    @Override
    public void close() {
        try {
            firewall.close();
        } finally {
            route.close();
        }
    }
}
