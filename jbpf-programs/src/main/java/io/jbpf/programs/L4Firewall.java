package io.jbpf.programs;

import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.SocketDiagnosis;
import io.jbpf.netlink.TcFilter;
import io.jbpf.program.BpfProgram;
import java.util.List;
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
 * change of rules meets no packet half done. Many firewalls are attached from one {@link L4Datapath}, which also makes those that
 * shall outlive their process.
 *
 * <p>{@code BPF_PROG_TYPE_SCHED_CLS}: Linux 5.4. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN before Linux 5.8. Safe
 * for use by many threads.
 */
public final class L4Firewall implements AutoCloseable {
    /** Of an Ethernet address in text. */
    private static final int MAC_CHARACTERS = 17;

    private final L4Datapath datapath;
    private final boolean ownsDatapath;
    private final FirewallSlot slot;
    private final FirewallIdentity identity;
    private final FirewallHooks hooks;
    private final SocketDiagnosis sockets;
    private final Optional<FirewallPins> pins;
    private FirewallRules rules;
    private boolean closed;

    private L4Firewall(
            L4Datapath datapath,
            boolean ownsDatapath,
            FirewallSlot slot,
            FirewallIdentity identity,
            FirewallHooks hooks,
            SocketDiagnosis sockets,
            Optional<FirewallPins> pins,
            FirewallRules rules) {
        this.datapath = datapath;
        this.ownsDatapath = ownsDatapath;
        this.slot = slot;
        this.identity = identity;
        this.hooks = hooks;
        this.sockets = sockets;
        this.pins = pins;
        this.rules = rules;
    }

    /**
     * Attaches a firewall with a datapath of its own. To filter in another network namespace, call this inside it:
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
     * Attaches a firewall with a datapath of its own, of {@link DatapathOptions#SINGLE}. Many firewalls take less of the
     * kernel's memory if they are attached from one {@link L4Datapath}.
     *
     * @param rules which packets may come in
     * @param options where and how
     * @param interfaces of the calling thread's network namespace
     * @throws IllegalArgumentException if there is no interface, or they differ in whether they have Ethernet headers
     * @throws UnsupportedFeatureException if the kernel does not have the hook that the options ask for
     * @throws BpfException if the kernel refuses; nothing stays attached then
     */
    public static L4Firewall attach(FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces) {
        L4Datapath own = L4Datapath.create(DatapathOptions.SINGLE);
        try {
            return attach(own, true, rules, options, interfaces, Optional.empty());
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
    }

    static L4Firewall attach(
            L4Datapath datapath,
            FirewallRules rules,
            FirewallOptions options,
            List<InterfaceInfo> interfaces,
            Optional<FirewallPins> pins) {
        L4Firewall firewall = attach(datapath, false, rules, options, interfaces, pins);
        datapath.attached(firewall);
        return firewall;
    }

    private static L4Firewall attach(
            L4Datapath datapath,
            boolean ownsDatapath,
            FirewallRules rules,
            FirewallOptions options,
            List<InterfaceInfo> interfaces,
            Optional<FirewallPins> pins) {
        boolean ethernet = haveEthernetHeaders(interfaces);
        FirewallHook hook = options.hook().orElse(datapath.hasTcx() ? FirewallHook.TCX : FirewallHook.CLSACT);
        long id = ThreadLocalRandom.current().nextLong();
        SocketDiagnosis sockets = SocketDiagnosis.open();
        try {
            FirewallSlot slot = datapath.claim(id, ethernet, options.counts());
            FirewallIdentity identity = new FirewallIdentity(
                    id,
                    datapath.datapathId(),
                    slot.number(),
                    hook,
                    options.name(),
                    interfaces.stream().map(InterfaceInfo::index).toList());
            FirewallHooks hooks = new FirewallHooks();
            try {
                FirewallMaps maps = slot.maps();
                options.blockedFlows().ifPresent(table -> maps.report(table.map()));
                maps.makeTables(rules);
                maps.tell(sockets, rules, rules::refuses);
                maps.put(rules);
                pins.ifPresent(to -> to.pin(slot.stubs()));
                pins.ifPresent(to -> to.begin(identity));
                hooks.attach(slot.stubs(), identity, pins);
                // Once more: until just now anybody could come in.
                maps.tell(sockets, rules, rules::refuses);
                pins.ifPresent(to -> {
                    to.complete();
                    slot.leaveStubs();
                });
                return new L4Firewall(datapath, ownsDatapath, slot, identity, hooks, sockets, pins, rules);
            } catch (RuntimeException e) {
                undo(e, hooks, pins, slot);
                throw e;
            }
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
    }

    private static void undo(
            RuntimeException because, FirewallHooks hooks, Optional<FirewallPins> pins, FirewallSlot slot) {
        try {
            hooks.detach();
            pins.ifPresent(FirewallPins::remove);
            slot.free();
        } catch (RuntimeException e) {
            because.addSuppressed(e);
            slot.close();
        }
    }

    static L4Firewall adopt(
            L4Datapath datapath, FirewallPins pins, FirewallIdentity identity, FirewallOptions options) {
        SocketDiagnosis sockets = SocketDiagnosis.open();
        try {
            FirewallSlot slot = datapath.slot(identity, pins);
            try {
                FirewallHooks hooks = FirewallHooks.adopt(identity, pins);
                try {
                    FirewallRules rules = slot.maps().adoptRules();
                    options.blockedFlows().ifPresent(table -> slot.maps().report(table.map()));
                    L4Firewall firewall =
                            new L4Firewall(datapath, false, slot, identity, hooks, sockets, Optional.of(pins), rules);
                    slot.leaveStubs();
                    datapath.attached(firewall);
                    return firewall;
                } catch (RuntimeException e) {
                    hooks.leave();
                    throw e;
                }
            } catch (RuntimeException e) {
                slot.close();
                throw e;
            }
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
    }

    /** Whether Ethernet's header is before the network header, or nothing: what tunnels and other devices without addresses do. */
    private static boolean haveEthernetHeaders(List<InterfaceInfo> interfaces) {
        Set<Boolean> kinds = interfaces.stream()
                .map(each ->
                        each.mac().filter(mac -> mac.length() == MAC_CHARACTERS).isPresent())
                .collect(Collectors.toSet());
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("no interface to attach to");
        }
        if (kinds.size() > 1) {
            throw new IllegalArgumentException("interfaces with and without Ethernet headers cannot share a firewall: "
                    + interfaces + "; attach one to each kind");
        }
        return kinds.iterator().next();
    }

    /**
     * Replaces the rules at once: each packet meets the old ones or the new ones. Connections that came in under the old
     * rules are cut if the new ones refuse them.
     *
     * @throws IllegalStateException if this is closed
     * @throws BpfException if the kernel refuses; the old rules stay in force
     */
    public synchronized void update(FirewallRules newRules) {
        requireOpen();
        FirewallRules oldRules = rules;
        FirewallMaps maps = slot.maps();
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

    /**
     * {@return what the firewall has done since it was attached}
     *
     * @throws IllegalStateException if it is closed
     */
    public synchronized FirewallStats stats() {
        requireOpen();
        return slot.maps().stats();
    }

    /**
     * The counts, for another firewall of the same datapath to go on with: {@link FirewallOptions#withCounts}.
     *
     * @return the counts, the caller's to close; nothing if the firewall was removed by another process
     * @throws IllegalStateException if it is closed
     */
    public synchronized Optional<CarriedCounts> counts() {
        requireOpen();
        return slot.maps().counts();
    }

    /** {@return a number that no other firewall has: {@link BlockedFlow#firewall}} */
    public long id() {
        return identity.id();
    }

    /** {@return where the firewall is attached} */
    public FirewallHook hook() {
        return identity.hook();
    }

    /**
     * Looks whether somebody has taken the firewall off an interface, or the interface is gone. Two cheap system calls for each
     * interface with TCX, two dumps of its filters with clsact.
     *
     * @throws IllegalStateException if it is closed
     * @throws BpfException if the kernel does not tell
     */
    public synchronized boolean isAttached() {
        requireOpen();
        return hooks.areAttached();
    }

    /** The ids of its TCX links, which no other link has. */
    Set<Integer> linkIds() {
        return hooks.linkIds();
    }

    /**
     * Looks whether all is pinned by which the firewall outlives this process: not so of one that was not attached pinned, or
     * where somebody has removed a pin. One look at its directory, as long as that stays as it is.
     *
     * @throws IllegalStateException if it is closed
     */
    public synchronized boolean isPinned() {
        requireOpen();
        return pins.filter(where -> where.areWhole(identity)).isPresent();
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

    /** The own flows that are remembered. */
    synchronized List<Flow> ownFlows() {
        requireOpen();
        return slot.maps().ownFlows();
    }

    /** What judges, for running it by itself, of one that is not pinned. */
    BpfProgram ingress() {
        return slot.stubs().ingress();
    }

    /**
     * Ends a pinned firewall: detaches it and removes its pins, and nothing else. Of one that is not pinned, closing is the
     * end.
     *
     * @throws BpfException if the kernel refuses something; what could not be detached keeps its pins, so that
     *     {@link L4Datapath#removePinned} can try again
     */
    public synchronized void remove() {
        if (closed) {
            throw new IllegalStateException("the firewall is closed: remove it with L4Datapath.removePinned");
        }
        end();
    }

    /** Detaches and frees everything that is this firewall's, and nothing else; a pinned one stays in force. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (pins.isEmpty()) {
            end();
            return;
        }
        closed = true;
        hooks.leave();
        slot.close();
        letGo();
    }

    /** The slot may be another's by then. */
    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the firewall is closed");
        }
    }

    private void end() {
        closed = true;
        try {
            pins.ifPresent(slot::takeStubs);
            hooks.detach();
            pins.ifPresent(FirewallPins::removeIdentity);
            pins.ifPresent(FirewallPins::removeLinks);
            slot.free();
            pins.ifPresent(FirewallPins::remove);
        } finally {
            // Of one that could not be detached, the slot stays taken, and the pins, which prove that the hooks are
            // ours.
            slot.close();
            letGo();
        }
    }

    private void letGo() {
        sockets.close();
        datapath.ended(this);
        if (ownsDatapath) {
            datapath.close();
        }
    }
}
