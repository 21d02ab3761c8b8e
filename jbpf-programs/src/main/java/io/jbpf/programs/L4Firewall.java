package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.SocketDiagnosis;
import io.jbpf.netlink.TcFilter;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.program.BpfProgram;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Filters the TCP and UDP packets that come in by some interfaces of one network namespace, by destination port, and lets
 * answers to connections begun from inside in. Other protocols pass: ICMP, ARP, neighbour discovery. A packet that it
 * accepts goes on to the filters of others, which may still drop it.
 *
 * <p>Connections from inside are known from their first packet on. Those that were open before the attach, or before their
 * port was refused, are told by their sockets: a connected one on whose local port nobody listens began inside. All others
 * are judged by the rules, also if the inside goes on sending; so is what an unconnected UDP socket that was there already
 * sends, since nothing shows who began.
 *
 * <p>The interfaces share rules, own connections and counts. Closing detaches; until then the rules are in force, and a
 * change of rules meets no packet half done. One that shall outlive its process is made by {@link #attachPinned} and taken up
 * by {@link #adopt}.
 *
 * <p>{@code BPF_PROG_TYPE_SCHED_CLS}: Linux 5.4. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN before Linux 5.8. Safe
 * for use by many threads.
 */
public final class L4Firewall implements AutoCloseable {
    /** Of an Ethernet address in text. */
    private static final int MAC_CHARACTERS = 17;

    private static final int ETHERNET_HEADER_BYTES = 14;

    private final BpfObject object;
    private final FirewallMaps maps;
    private final FirewallHook hook;
    private final FirewallHooks hooks;
    private final SocketDiagnosis sockets;
    private final long id;
    private final Optional<FirewallPins> pins;
    private FirewallRules rules;
    private boolean closed;

    private L4Firewall(
            BpfObject object,
            FirewallMaps maps,
            FirewallIdentity identity,
            FirewallHooks hooks,
            SocketDiagnosis sockets,
            Optional<FirewallPins> pins,
            FirewallRules rules) {
        this.object = object;
        this.maps = maps;
        this.hook = identity.hook();
        this.id = identity.id();
        this.hooks = hooks;
        this.sockets = sockets;
        this.pins = pins;
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
        return attach(rules, options, interfaces, Optional.empty());
    }

    /**
     * Attaches a firewall that outlives this process, however that ends: its maps and links are pinned, and {@link #adopt}
     * takes it up. {@link #close} leaves it in force, {@link #remove} ends it. TCX links want Linux 6.6, clsact filters stay
     * by themselves. What an attachment that did not get to its end has left in the directory is removed first.
     *
     * @param directory a directory in a bpffs for this firewall alone
     * @param rules which packets may come in
     * @param options where and how
     * @param interfaces of the calling thread's network namespace, at most 16
     * @throws IllegalArgumentException as {@link #attach(FirewallRules, FirewallOptions, List)}
     * @throws BpfException if there is a firewall in the directory already, or the kernel refuses; nothing stays attached
     *     then
     */
    public static L4Firewall attachPinned(
            BpfFs directory, FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces) {
        FirewallPins pins = new FirewallPins(directory);
        if (pins.identity().isPresent()) {
            throw new BpfException("there is a firewall pinned in " + directory + " already: adopt it, or remove it");
        }
        FirewallHooks.detachFilters(
                interfaces.stream().map(InterfaceInfo::index).toList(), options.name(), pins);
        pins.remove();
        return attach(rules, options, interfaces, Optional.of(pins));
    }

    /**
     * Takes up a firewall that {@link #attachPinned} has made, in this process or an earlier one, and puts the program of
     * this version in the place of the one it has: no packet meets neither, and rules, counts, own connections and blocked
     * flows go on as they are. Call it in the network namespace of the interfaces. Needs CAP_SYS_ADMIN.
     *
     * @param directory where it is pinned
     * @param options of these, {@link FirewallOptions#ownFlows}, and {@link FirewallOptions#blockedFlows} if there is one;
     *     the rest is as it was
     * @return the firewall; nothing if none is there, or one whose attachment did not get to its end
     * @throws IncompatibleLayoutException if a version of jbpf has made it whose maps this one does not know; nothing is
     *     changed
     * @throws BpfException if it is no longer attached, or the kernel refuses
     */
    public static Optional<L4Firewall> adopt(BpfFs directory, FirewallOptions options) {
        FirewallPins pins = new FirewallPins(directory);
        return pins.identity().map(identity -> adopt(pins, identity, options));
    }

    private static L4Firewall adopt(FirewallPins pins, FirewallIdentity identity, FirewallOptions options) {
        ObjectSpec spec = spec(identity);
        Map<String, BpfMap> kept = pins.openMaps();
        try {
            LoadOptions reuse = LoadOptions.DEFAULTS;
            for (Map.Entry<String, BpfMap> map : kept.entrySet()) {
                reuse = reuse.withMap(map.getKey(), map.getValue());
            }
            SocketDiagnosis sockets = SocketDiagnosis.open();
            try {
                BpfObject object = BpfObject.load(spec, reuse);
                FirewallMaps maps = new FirewallMaps(object, spec, options.ownFlows());
                try {
                    FirewallRules rules = maps.rulesInForce();
                    // Pinned before a filter has them: whatever happens, what hangs there is known to be ours.
                    pins.pinPrograms(object);
                    FirewallHooks hooks = FirewallHooks.adopt(object, identity, pins);
                    pins.keepPrograms(object);
                    options.blockedFlows().ifPresent(table -> maps.report(table.map()));
                    return new L4Firewall(object, maps, identity, hooks, sockets, Optional.of(pins), rules);
                } catch (RuntimeException e) {
                    maps.close();
                    object.close();
                    throw e;
                }
            } catch (RuntimeException e) {
                sockets.close();
                throw e;
            }
        } finally {
            kept.values().forEach(BpfMap::close);
        }
    }

    /**
     * Ends the firewall that is pinned in a directory, or what is left of one, without taking it up: also one whose
     * interface is gone. Call it in the network namespace of the interfaces. Does nothing if none is there.
     *
     * @throws IncompatibleLayoutException if a version of jbpf has made it that this one does not know
     * @throws BpfException if the kernel refuses
     */
    public static void removePinned(BpfFs directory) {
        FirewallPins pins = new FirewallPins(directory);
        pins.identity()
                .filter(identity -> identity.hook() == FirewallHook.CLSACT)
                .ifPresent(identity -> FirewallHooks.detachFilters(identity.interfaces(), identity.name(), pins));
        pins.remove();
    }

    private static L4Firewall attach(
            FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces, Optional<FirewallPins> pins) {
        if (options.hook().isPresent()) {
            return attach(rules, options, identity(options, options.hook().get(), interfaces), pins);
        }
        try {
            return attach(rules, options, identity(options, FirewallHook.TCX, interfaces), pins);
        } catch (UnsupportedFeatureException noTcx) {
            try {
                return attach(rules, options, identity(options, FirewallHook.CLSACT, interfaces), pins);
            } catch (RuntimeException e) {
                e.addSuppressed(noTcx);
                throw e;
            }
        }
    }

    private static FirewallIdentity identity(
            FirewallOptions options, FirewallHook hook, List<InterfaceInfo> interfaces) {
        return new FirewallIdentity(
                ThreadLocalRandom.current().nextLong(),
                hook,
                linkHeaderBytes(interfaces),
                options.name(),
                interfaces.stream().map(InterfaceInfo::index).toList());
    }

    private static ObjectSpec spec(FirewallIdentity identity) {
        ObjectSpec spec = Bytecode.L4_FIREWALL
                .spec()
                .withVariable("link_header_bytes", identity.linkHeaderBytes())
                .withVariable("firewall_id", identity.id());
        if (identity.hook() == FirewallHook.TCX) {
            return spec;
        }
        // A kernel without TCX does not know the attach types that the sections ask for.
        return spec.withProgram(FirewallHooks.INGRESS, ProgramSpec::withoutAttachType)
                .withProgram(FirewallHooks.EGRESS, ProgramSpec::withoutAttachType);
    }

    private static L4Firewall attach(
            FirewallRules rules, FirewallOptions options, FirewallIdentity identity, Optional<FirewallPins> pins) {
        ObjectSpec spec = spec(identity);
        SocketDiagnosis sockets = SocketDiagnosis.open();
        try {
            BpfObject object = BpfObject.load(spec);
            FirewallMaps maps = new FirewallMaps(object, spec, options.ownFlows());
            try {
                options.blockedFlows().ifPresent(table -> maps.report(table.map()));
                maps.makeTables(rules);
                maps.tell(sockets, rules, rules::refuses);
                maps.put(rules);
                pins.ifPresent(to -> to.pin(object));
                FirewallHooks hooks = FirewallHooks.attach(object, identity, pins);
                try {
                    // Once more: until just now anybody could come in.
                    maps.tell(sockets, rules, rules::refuses);
                    pins.ifPresent(to -> to.pin(identity));
                    return new L4Firewall(object, maps, identity, hooks, sockets, pins, rules);
                } catch (RuntimeException e) {
                    hooks.detach();
                    throw e;
                }
            } catch (RuntimeException e) {
                pins.ifPresent(FirewallPins::remove);
                maps.close();
                object.close();
                throw e;
            }
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
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
        FirewallRules oldRules = rules;
        IntPredicate newlyRefused = port -> newRules.refuses(port) && !oldRules.refuses(port);
        maps.makeTables(newRules);
        // Before, so that a process that dies in between leaves it told; and after, when nobody can come in any more.
        maps.tell(sockets, newRules, newlyRefused);
        maps.put(newRules);
        rules = newRules;
        maps.tell(sockets, newRules, newlyRefused);
        maps.dropTables(newRules);
    }

    /** {@return the rules in force} */
    public synchronized FirewallRules rules() {
        return rules;
    }

    /** {@return what the firewall has done since it was attached} */
    public FirewallStats stats() {
        return maps.stats();
    }

    /** {@return a number that no other firewall has: {@link BlockedFlow#firewall}} */
    public long id() {
        return id;
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
        return hooks.filtersBefore();
    }

    /** How many own flows are remembered. */
    long ownFlows() {
        return maps.ownFlows();
    }

    /** The program that judges, for running it by itself. */
    BpfProgram ingress() {
        return object.program(FirewallHooks.INGRESS);
    }

    /**
     * Ends a pinned firewall: detaches it and removes its pins, and nothing else. Of one that is not pinned, closing is the
     * end.
     *
     * @throws BpfException if the kernel refuses something; all the rest is done
     */
    public synchronized void remove() {
        if (closed) {
            throw new IllegalStateException("the firewall is closed: remove it with L4Firewall.removePinned");
        }
        closed = true;
        try {
            pins.ifPresent(FirewallPins::removeIdentity);
            hooks.detach();
        } finally {
            pins.ifPresent(FirewallPins::remove);
            free();
        }
    }

    /** Detaches and frees everything that is this firewall's, and nothing else; a pinned one stays in force. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (pins.isPresent()) {
                hooks.leave();
            } else {
                hooks.detach();
            }
        } finally {
            free();
        }
    }

    private void free() {
        maps.close();
        object.close();
        sockets.close();
    }
}
