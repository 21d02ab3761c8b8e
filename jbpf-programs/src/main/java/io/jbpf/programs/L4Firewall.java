package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.Link;
import io.jbpf.link.TcxLink;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.TcFilter;
import io.jbpf.object.AttachType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.program.BpfProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Filters the TCP and UDP packets that come in by some interfaces of one network namespace, by destination port, and lets
 * answers to connections begun from inside in. Other protocols pass: ICMP, ARP, neighbour discovery. A packet that it
 * accepts goes on to the filters of others, which may still drop it.
 *
 * <p>Connections from inside are known from their first packet on. One that was begun before the attach is not known: its
 * answers are judged by the rules.
 *
 * <p>The interfaces share rules, own connections and counts. Closing detaches; until then the rules are in force, and a
 * change of rules meets no packet half done.
 *
 * <p>{@code BPF_PROG_TYPE_SCHED_CLS}: Linux 5.4. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN before Linux 5.8. Safe
 * for use by many threads.
 */
public final class L4Firewall implements AutoCloseable {
    private static final String INGRESS = "l4_ingress";
    private static final String EGRESS = "l4_egress";

    /** Of an Ethernet address in text. */
    private static final int MAC_CHARACTERS = 17;

    private static final int ETHERNET_HEADER_BYTES = 14;

    private final BpfObject object;
    private final FirewallMaps maps;
    private final FirewallHook hook;
    private final List<Link> links;
    private FirewallRules rules;

    private L4Firewall(BpfObject object, FirewallMaps maps, FirewallHook hook, List<Link> links, FirewallRules rules) {
        this.object = object;
        this.maps = maps;
        this.hook = hook;
        this.links = List.copyOf(links);
        this.rules = rules;
    }

    /**
     * Attaches a firewall. To filter in another network namespace, call this inside it:
     * {@code namespace.call(() -> L4Firewall.attach(...))}.
     *
     * @param rules which packets may come in
     * @param interfaces of the calling thread's network namespace
     * @throws IllegalArgumentException if there is no interface, or they differ in whether they have Ethernet headers
     * @throws BpfException if the kernel refuses; nothing stays attached then
     */
    public static L4Firewall attach(FirewallRules rules, InterfaceInfo... interfaces) {
        return attach(rules, FirewallOptions.DEFAULTS, List.of(interfaces));
    }

    /**
     * Attaches a firewall.
     *
     * @param rules which packets may come in
     * @param options where and how
     * @param interfaces of the calling thread's network namespace
     * @throws IllegalArgumentException if there is no interface, or they differ in whether they have Ethernet headers
     * @throws UnsupportedFeatureException if the kernel does not have the hook that the options ask for
     * @throws BpfException if the kernel refuses; nothing stays attached then
     */
    public static L4Firewall attach(FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces) {
        if (options.hook().isPresent()) {
            return attach(rules, options, options.hook().get(), interfaces);
        }
        try {
            return attach(rules, options, FirewallHook.TCX, interfaces);
        } catch (UnsupportedFeatureException noTcx) {
            try {
                return attach(rules, options, FirewallHook.CLSACT, interfaces);
            } catch (RuntimeException e) {
                e.addSuppressed(noTcx);
                throw e;
            }
        }
    }

    private static L4Firewall attach(
            FirewallRules rules, FirewallOptions options, FirewallHook hook, List<InterfaceInfo> interfaces) {
        ObjectSpec spec = Bytecode.L4_FIREWALL
                .spec()
                .withVariable("link_header_bytes", linkHeaderBytes(interfaces))
                .withMap("flows", map -> map.withMaxEntries(options.ownFlows()));
        if (hook == FirewallHook.CLSACT) {
            // A kernel without TCX does not know the attach types that the sections ask for.
            spec = spec.withProgram(INGRESS, ProgramSpec::withoutAttachType)
                    .withProgram(EGRESS, ProgramSpec::withoutAttachType);
        }
        BpfObject object = BpfObject.load(spec);
        List<Link> links = new ArrayList<>();
        try {
            FirewallMaps maps = new FirewallMaps(object);
            maps.put(rules);
            for (InterfaceInfo each : interfaces) {
                // Egress first: what the inside begins from here on is known before an answer is judged.
                links.add(attach(object.program(EGRESS), hook, options.name(), each, Direction.EGRESS));
                links.add(attach(object.program(INGRESS), hook, options.name(), each, Direction.INGRESS));
            }
            return new L4Firewall(object, maps, hook, links, rules);
        } catch (RuntimeException e) {
            detach(links);
            object.close();
            throw e;
        }
    }

    private static Link attach(
            BpfProgram program, FirewallHook hook, String name, InterfaceInfo to, Direction direction) {
        return switch (hook) {
            case TCX ->
                TcxLink.attach(
                        program,
                        to.index(),
                        direction == Direction.INGRESS ? AttachType.TCX_INGRESS : AttachType.TCX_EGRESS);
            case CLSACT -> ClsactFilter.attach(program, to.index(), direction, name);
        };
    }

    /** Ethernet's header, or none: what tunnels and other devices without Ethernet addresses put before a packet. */
    private static int linkHeaderBytes(List<InterfaceInfo> interfaces) {
        Set<Integer> lengths = interfaces.stream()
                .map(each ->
                        each.mac().filter(mac -> mac.length() == MAC_CHARACTERS).isPresent())
                .map(ethernet -> ethernet ? ETHERNET_HEADER_BYTES : 0)
                .collect(Collectors.toSet());
        if (lengths.isEmpty()) {
            throw new IllegalArgumentException("no interface to attach to");
        }
        if (lengths.size() > 1) {
            throw new IllegalArgumentException("interfaces with and without Ethernet headers cannot share a firewall: "
                    + interfaces + "; attach one to each kind");
        }
        return lengths.iterator().next();
    }

    /**
     * Replaces the rules at once: each packet meets the old ones or the new ones. Connections that came in under the old
     * rules are cut if the new ones refuse them.
     *
     * @throws BpfException if the kernel refuses; the old rules stay in force
     */
    public synchronized void update(FirewallRules newRules) {
        maps.put(newRules);
        rules = newRules;
    }

    /** {@return the rules in force} */
    public synchronized FirewallRules rules() {
        return rules;
    }

    /** {@return what the firewall has done since it was attached} */
    public FirewallStats stats() {
        return maps.stats();
    }

    /** {@return where the firewall is attached} */
    public FirewallHook hook() {
        return hook;
    }

    /**
     * Filters of others that see a packet before this firewall does, as far as the kernel tells (clsact only). One that
     * accepts a packet keeps it from this firewall: worth a warning.
     *
     * @throws BpfException if one of our own filters is no longer there
     */
    public List<TcFilter> filtersBefore() {
        return links.stream()
                .filter(ClsactFilter.class::isInstance)
                .flatMap(link -> ((ClsactFilter) link).before().stream())
                .toList();
    }

    /** Detaches and frees everything that is this firewall's, and nothing else. */
    @Override
    public synchronized void close() {
        try {
            detach(links);
        } finally {
            object.close();
        }
    }

    /** All of them, whatever goes wrong with one; the last attached first. */
    private static void detach(List<Link> links) {
        RuntimeException failure = null;
        for (int i = links.size() - 1; i >= 0; i--) {
            try {
                links.get(i).close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
