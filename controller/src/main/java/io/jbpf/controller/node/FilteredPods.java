package io.jbpf.controller.node;

import io.jbpf.controller.rules.FirewallRules;
import io.jbpf.error.BpfException;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.programs.DatapathOptions;
import io.jbpf.programs.DefaultAction;
import io.jbpf.programs.FirewallOptions;
import io.jbpf.programs.FirewallStats;
import io.jbpf.programs.L4Datapath;
import io.jbpf.programs.L4Firewall;
import io.jbpf.programs.PortSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods whose packets are filtered, each by a firewall of its own on its interface, all from one datapath, which is loaded
 * when the first is attached.
 */
final class FilteredPods implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FilteredPods.class);

    private record Filtered(SandboxIdentity sandbox, L4Firewall firewall, FirewallRules rules) {}

    private final Map<PodIdentity, Filtered> pods = new ConcurrentHashMap<>();
    private @Nullable L4Datapath datapath;

    void filter(PodIdentity pod, PodNetwork network, FirewallRules rules) {
        Filtered before = pods.get(pod);
        if (before != null && before.sandbox.equals(network.identity())) {
            if (!before.rules.equals(rules)) {
                update(pod, before, rules);
            }
            return;
        }
        L4Firewall firewall = attach(network, rules);
        pods.put(pod, new Filtered(network.identity(), firewall, rules));
        if (before != null) {
            LOG.info("Pod {}: its network was made anew and is filtered again.", pod);
            close(before);
        }
    }

    private void update(PodIdentity pod, Filtered before, FirewallRules rules) {
        try {
            before.firewall.update(kernelRules(rules));
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.UPDATE_FAILED,
                    "The new firewall rules were not taken, the old ones stay in force",
                    e);
        }
        pods.put(pod, new Filtered(before.sandbox, before.firewall, rules));
    }

    private synchronized L4Datapath datapath() {
        if (datapath == null) {
            datapath = L4Datapath.create(DatapathOptions.DEFAULTS);
        }
        return datapath;
    }

    private L4Firewall attach(PodNetwork network, FirewallRules rules) {
        try {
            return network.namespace().call(() -> {
                try (RouteSocket socket = RouteSocket.open()) {
                    List<InterfaceInfo> interfaces = network.interfaces().stream()
                            .map(each -> socket.interfaces().get(each.index()))
                            .toList();
                    return datapath().attach(kernelRules(rules), FirewallOptions.DEFAULTS, interfaces);
                }
            });
        } catch (BpfException | IllegalArgumentException e) {
            throw Failures.of(ProgramType.L4_FIREWALL, ProgramErrorType.ATTACH_FAILED, "Packets are not filtered", e);
        }
    }

    private static io.jbpf.programs.FirewallRules kernelRules(FirewallRules rules) {
        return new io.jbpf.programs.FirewallRules(
                PortSet.of(rules.allowed()),
                PortSet.of(rules.blocked()),
                DefaultAction.valueOf(rules.defaultAction().name()));
    }

    void stop(PodIdentity pod) {
        Filtered filtered = pods.remove(pod);
        if (filtered != null) {
            close(filtered);
        }
    }

    private static void close(Filtered filtered) {
        try {
            filtered.firewall.close();
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.DETACH_FAILED,
                    "The filter could not be taken away in order",
                    e);
        }
    }

    Set<PodIdentity> pods() {
        return pods.keySet();
    }

    Optional<FirewallCounts> read(PodIdentity pod) {
        Filtered filtered = pods.get(pod);
        if (filtered == null) {
            return Optional.empty();
        }
        try {
            FirewallStats stats = filtered.firewall.stats();
            return Optional.of(new FirewallCounts(
                    stats.allowed().packets(),
                    stats.blocked().packets(),
                    stats.tcp().packets(),
                    stats.udp().packets()));
        } catch (BpfException e) {
            throw Failures.of(
                    ProgramType.L4_FIREWALL,
                    ProgramErrorType.READ_FAILED,
                    "The counts of packets could not be read",
                    e);
        }
    }

    @Override
    public void close() {
        for (PodIdentity pod : Set.copyOf(pods.keySet())) {
            try {
                stop(pod);
            } catch (ProgramException e) {
                LOG.warn("Pod {}: {}", pod, e.getMessage());
            }
        }
        synchronized (this) {
            if (datapath != null) {
                datapath.close();
                datapath = null;
            }
        }
    }
}
