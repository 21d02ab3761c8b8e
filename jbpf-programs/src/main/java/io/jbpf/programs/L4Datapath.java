package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.LoadOptions;
import io.jbpf.error.BpfException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.FdArray;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.object.ObjectSpec;
import io.jbpf.object.ProgramSpec;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What many {@link L4Firewall}s have in common: one program that judges packets, loaded once, and the tables of own
 * connections. A firewall attached from here costs the kernel some 18 KB; firewalls with the same rules share them.
 *
 * <p>Closing it closes its firewalls. One that is {@linkplain #open pinned} outlives its process, and so do the firewalls
 * that are {@linkplain #attachPinned attached pinned} from it: whoever opens it next puts the program of the running version
 * in the place of the one that is there, for all firewalls at once, and no packet meets neither. Several processes may have
 * it open.
 *
 * <p>{@code BPF_PROG_TYPE_SCHED_CLS}: Linux 5.4. Needs CAP_BPF and CAP_NET_ADMIN, one that is pinned CAP_SYS_ADMIN. Safe for
 * use by many threads.
 */
public final class L4Datapath implements AutoCloseable {
    private static final int ONLY = 0;

    /** The program array that stubs on ingress jump through: a datapath is told by it. */
    private static final String PROGRAMS = "ingress_program";

    /** Of the maps of maps, and of the settings: what has a slot for each firewall. */
    private static final List<String> BY_SLOT = List.of("rules", "settings", "inbound_flows", "blocked_flows", "stats");

    private final BpfObject object;
    private final DatapathMaps maps;
    private final SlotClaims claims;
    private final Optional<DatapathPins> pins;
    private final boolean tcx;
    private final DetachedLinks detachedLinks = new DetachedLinks();

    /** With the ids of its TCX links. */
    private final Map<L4Firewall, Set<Integer>> firewalls = new ConcurrentHashMap<>();

    private L4Datapath(
            BpfObject object, ObjectSpec spec, DatapathOptions sizes, boolean tcx, Optional<DatapathPins> pins) {
        this.object = object;
        this.maps = new DatapathMaps(object.maps(), spec, sizes.ownFlows(), pins);
        this.tcx = tcx;
        this.pins = pins;
        int slots = object.map("rules").info().maxEntries();
        claims = new SlotClaims(
                slots,
                pins.isPresent()
                        ? Set.of(
                                ingressProgram().info().id(),
                                egressProgram().info().id())
                        : Set.of());
    }

    /**
     * Loads one that ends with this process.
     *
     * @param options how large it is
     * @throws BpfException if the kernel refuses: ENOMEM if the memory cgroup has no room
     */
    public static L4Datapath create(DatapathOptions options) {
        return create(options, spec -> spec);
    }

    /** The same with other sizes or constants. */
    static L4Datapath create(DatapathOptions options, UnaryOperator<ObjectSpec> edit) {
        return load(edit.apply(spec(options)), options, Map.of(), Optional.empty());
    }

    /**
     * Opens the one that is pinned in a directory, with the program of this version in the place of its own, or makes it
     * there.
     *
     * @param directory a directory in a bpffs; the datapath is in its subdirectory {@code datapath}
     * @param options how large it is, if it has to be made
     * @throws IncompatibleLayoutException if a version of jbpf has made it whose maps this one does not know; nothing is
     *     changed
     * @throws BpfException if the kernel refuses
     */
    public static L4Datapath open(BpfFs directory, DatapathOptions options) {
        DatapathPins pins = new DatapathPins(directory);
        while (true) {
            Optional<L4Datapath> opened = pins.exists() ? openPinned(pins, options) : make(pins, options);
            if (opened.isPresent()) {
                return opened.get();
            }
        }
    }

    /** Answers nothing if another process was first. */
    private static Optional<L4Datapath> make(DatapathPins pins, DatapathOptions options) {
        L4Datapath fresh = load(spec(options), options, Map.of(), Optional.of(pins));
        boolean first = false;
        try {
            first = pins.pin(fresh.pinnedMaps());
        } finally {
            if (!first) {
                fresh.close();
            }
        }
        return first ? Optional.of(fresh) : Optional.empty();
    }

    /** Answers nothing if another process has removed it meanwhile. */
    private static Optional<L4Datapath> openPinned(DatapathPins pins, DatapathOptions options) {
        Optional<Inode> which = pins.inode();
        if (which.isEmpty()) {
            return Optional.empty();
        }
        try {
            L4Datapath opened = loadPinned(pins, options);
            if (pins.inode().equals(which)) {
                return Optional.of(opened);
            }
            opened.close();
        } catch (BpfException e) {
            if (pins.inode().equals(which)) {
                throw e;
            }
        }
        return Optional.empty();
    }

    private static L4Datapath loadPinned(DatapathPins pins, DatapathOptions options) {
        ObjectSpec spec = spec(options);
        Map<String, BpfMap> kept = pins.openMaps(pinned(spec));
        try {
            for (Map.Entry<String, BpfMap> map : kept.entrySet()) {
                int entries = map.getValue().info().maxEntries();
                spec = spec.withMap(map.getKey(), each -> each.withMaxEntries(entries));
            }
            return load(spec, options, kept, Optional.of(pins));
        } finally {
            kept.values().forEach(BpfMap::close);
        }
    }

    private static ObjectSpec spec(DatapathOptions options) {
        ObjectSpec spec = Bytecode.L4_FIREWALL.spec();
        for (String map : BY_SLOT) {
            spec = spec.withMap(map, each -> each.withMaxEntries(options.firewalls()));
        }
        return spec.withMap(
                "rules", each -> each.withInner(RuleSets.fitted(each.inner().orElseThrow())));
    }

    private static L4Datapath load(
            ObjectSpec wanted, DatapathOptions sizes, Map<String, BpfMap> kept, Optional<DatapathPins> pins) {
        // A kernel without TCX does not know the attach types that the sections ask for. One that has it attaches such
        // programs to clsact as well.
        boolean tcx = KernelProbes.link(LinkFeature.TCX).isSupported();
        ObjectSpec spec = tcx
                ? wanted
                : wanted.withProgram(FirewallHooks.INGRESS, ProgramSpec::withoutAttachType)
                        .withProgram(FirewallHooks.EGRESS, ProgramSpec::withoutAttachType);
        LoadOptions options = LoadOptions.DEFAULTS;
        for (Map.Entry<String, BpfMap> map : kept.entrySet()) {
            options = options.withMap(map.getKey(), map.getValue());
        }
        BpfObject object = BpfObject.load(spec, options);
        try {
            FdArray.of(object.map("egress_program")).put(ONLY, object.program(FirewallHooks.EGRESS));
            FdArray.of(object.map("ingress_program")).put(ONLY, object.program(FirewallHooks.INGRESS));
            return new L4Datapath(object, spec, sizes, tcx, pins);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    private static Set<String> pinned(ObjectSpec spec) {
        Set<String> names = new TreeSet<>(spec.maps().keySet());
        // Constants are the program's own.
        names.removeIf(name -> name.startsWith("."));
        return names;
    }

    private Map<String, BpfMap> pinnedMaps() {
        Map<String, BpfMap> shared = new HashMap<>(object.maps());
        shared.keySet().removeIf(name -> name.startsWith("."));
        return shared;
    }

    private BpfMap ingressProgram() {
        return object.map(PROGRAMS);
    }

    private BpfMap egressProgram() {
        return object.map("egress_program");
    }

    /**
     * Attaches a firewall that ends when it is closed, or with this process. To filter in another network namespace, call
     * this inside it: {@code namespace.call(() -> datapath.attach(...))}.
     *
     * @param rules which packets may come in
     * @param options where and how
     * @param interfaces of the calling thread's network namespace
     * @throws IllegalArgumentException if there is no interface, or they differ in whether they have Ethernet headers
     * @throws UnsupportedFeatureException if the kernel does not have the hook that the options ask for
     * @throws BpfException if there is no room for one more, or the kernel refuses (ENOMEM if the memory cgroup has no room);
     *     nothing stays attached then
     */
    public L4Firewall attach(FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces) {
        return L4Firewall.attach(this, rules, options, interfaces, Optional.empty());
    }

    /**
     * Attaches a firewall that outlives this process, however that ends: its stubs and links are pinned, and {@link #adopt}
     * takes it up. {@link L4Firewall#close} leaves it in force, {@link L4Firewall#remove} ends it. TCX links want Linux 6.6,
     * clsact filters stay by themselves. What an attachment that did not get to its end has left in the directory is removed
     * first.
     *
     * @param directory a directory in a bpffs for this firewall alone
     * @param rules which packets may come in
     * @param options where and how
     * @param interfaces of the calling thread's network namespace, at most 16
     * @throws IllegalArgumentException as {@link #attach}
     * @throws IllegalStateException if this datapath is not pinned
     * @throws BpfException if there is a firewall in the directory already, or the kernel refuses; nothing stays attached
     *     then
     */
    public L4Firewall attachPinned(
            BpfFs directory, FirewallRules rules, FirewallOptions options, List<InterfaceInfo> interfaces) {
        FirewallPins firewall = pins(directory);
        if (firewall.identity().isPresent()) {
            throw new BpfException("there is a firewall pinned in " + directory + " already: adopt it, or remove it");
        }
        removePinned(directory);
        return L4Firewall.attach(this, rules, options, interfaces, Optional.of(firewall));
    }

    /**
     * Takes up a firewall that {@link #attachPinned} has made, in this process or an earlier one: rules, counts, own
     * connections and blocked flows go on as they are. Call it in the network namespace of the interfaces.
     *
     * @param directory where it is pinned
     * @param options of these, {@link FirewallOptions#blockedFlows} if there is one; the rest is as it was
     * @return the firewall; nothing if none is there, or one whose attachment did not get to its end
     * @throws IncompatibleLayoutException if a version of jbpf has made it whose maps this one does not know; nothing is
     *     changed
     * @throws IllegalStateException if this datapath is not pinned
     * @throws BpfException if it is no longer attached, belongs to another datapath, or the kernel refuses
     */
    public Optional<L4Firewall> adopt(BpfFs directory, FirewallOptions options) {
        FirewallPins firewall = pins(directory);
        return firewall.identity().map(identity -> L4Firewall.adopt(this, firewall, identity, options));
    }

    /**
     * Ends the firewall that is pinned in a directory, or what is left of one, without taking it up: also one whose
     * interface is gone. Call it in the network namespace of the interfaces. Does nothing if none is there.
     *
     * @throws IncompatibleLayoutException if a version of jbpf has made it that this one does not know
     * @throws IllegalStateException if this datapath is not pinned
     * @throws BpfException if it belongs to another datapath, or the kernel refuses
     */
    public void removePinned(BpfFs directory) {
        FirewallPins firewall = pins(directory);
        firewall.identity()
                .or(firewall::attaching)
                .filter(any -> firewall.hasStubs())
                .ifPresent(identity -> end(identity, firewall));
        firewall.remove();
    }

    private void end(FirewallIdentity identity, FirewallPins firewall) {
        // Held until the slot is empty: nobody takes it before.
        try (FirewallSlot slot = slot(identity, firewall)) {
            // Before the pins: these are what proves that a filter is ours, and who is killed in between is tried
            // again.
            if (identity.hook() == FirewallHook.CLSACT) {
                FirewallHooks.detachFilters(identity.interfaces(), identity.name(), firewall);
            }
            FirewallHooks.detachLinks(firewall);
            firewall.removeIdentity();
            firewall.removeLinks();
            slot.maps().clear();
        }
    }

    private FirewallPins pins(BpfFs directory) {
        if (pins.isEmpty()) {
            throw new IllegalStateException(
                    "this datapath ends with its process, and its firewalls with it: make one with L4Datapath.open");
        }
        return new FirewallPins(directory);
    }

    /**
     * The counts of the firewall that is pinned in a directory, for another to go on with, without taking it up: also of one
     * whose interface is gone.
     *
     * @param directory where it is pinned
     * @return the counts, the caller's to close; nothing if no whole firewall is there
     * @throws IncompatibleLayoutException if a version of jbpf has made it that this one does not know
     * @throws IllegalStateException if this datapath is not pinned
     * @throws BpfException if it belongs to another datapath, or the kernel refuses
     */
    public Optional<CarriedCounts> counts(BpfFs directory) {
        FirewallPins firewall = pins(directory);
        Optional<FirewallIdentity> identity = firewall.identity().filter(any -> firewall.hasStubs());
        if (identity.isEmpty()) {
            return Optional.empty();
        }
        // With its stubs, without which the slot may be another's.
        try (FirewallSlot slot = slot(identity.get(), firewall)) {
            return slot.maps().counts();
        }
    }

    /** Takes a slot for a new firewall, whose counts begin with nothing. */
    FirewallSlot claim(long id, boolean ethernet) {
        return claim(id, ethernet, Optional.empty());
    }

    /** Takes a slot for a new firewall. */
    FirewallSlot claim(long id, boolean ethernet, Optional<CarriedCounts> counts) {
        SlotClaims.Claim claim =
                claims.claim(slot -> FirewallStubs.load(ingressProgram(), egressProgram(), tcx, slot, id, ethernet));
        FirewallSlot slot = slot(claim.slot(), claim.stubs(), id);
        try {
            requirePinned();
            slot.maps().begin(counts);
            return slot;
        } catch (RuntimeException e) {
            slot.free();
            throw e;
        }
    }

    /** After stubs are loaded, which {@link #remove} looks for once it has taken the pins away: one of the two notices. */
    private void requirePinned() {
        pins.filter(place -> !place.has(PROGRAMS, ingressProgram())).ifPresent(place -> {
            throw new BpfException("the datapath " + place + " was removed after it was opened: open it again");
        });
    }

    /** The slot of a pinned firewall. */
    FirewallSlot slot(FirewallIdentity identity, FirewallPins firewall) {
        if (identity.datapath() != datapathId()) {
            throw new BpfException("the firewall pinned in " + firewall + " is not of the datapath "
                    + pins.map(DatapathPins::toString).orElse(""));
        }
        return slot(identity.slot(), firewall.openStubs(), identity.id());
    }

    private FirewallSlot slot(int number, FirewallStubs stubs, long id) {
        return new FirewallSlot(claims, number, stubs, new FirewallMaps(maps, number, id));
    }

    /** What tells this datapath from others, as long as it is there. */
    int datapathId() {
        return ingressProgram().info().id();
    }

    /** Whether programs can be attached to TCX. */
    boolean hasTcx() {
        return tcx;
    }

    /** The tables of own flows and of datagrams, of all firewalls, if one refuses anything. */
    List<BpfMap> tables() {
        return maps.tables();
    }

    void attached(L4Firewall firewall) {
        firewalls.put(firewall, firewall.linkIds());
    }

    void ended(L4Firewall firewall) {
        firewalls.remove(firewall);
    }

    /**
     * Looks which of the firewalls that this process has open are not attached any more, as {@link L4Firewall#isAttached} tells
     * of one: all those with TCX links in one pass of the kernel's over its links. Those with clsact filters are not looked at.
     *
     * @return these firewalls; nothing where the kernel does not tell of all at once: that wants TCX (Linux 6.6), and CAP_PERFMON
     *     or CAP_SYS_ADMIN
     * @throws BpfException if the pass fails
     */
    public Optional<Set<L4Firewall>> detached() {
        Optional<Set<Integer>> links = tcx ? detachedLinks.look() : Optional.empty();
        return links.map(detached -> detached.isEmpty() ? Set.of() : having(detached));
    }

    private Set<L4Firewall> having(Set<Integer> links) {
        return firewalls.entrySet().stream()
                .filter(each -> !Collections.disjoint(each.getValue(), links))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Pins again what somebody has removed of a pinned datapath. Its firewalls judge on meanwhile; but if this process ended,
     * nobody could take them up, and they would let nothing in, since the kernel empties a program array that no process and
     * no pin holds. Costs a look at each pin where nothing is missing. Not for a datapath that another process may
     * {@linkplain #remove remove}.
     *
     * @return whether something was missing
     * @throws BpfException if something else is pinned in its place, or the kernel refuses
     */
    public boolean mend() {
        return pins.map(place -> place.mend(pinnedMaps())).orElse(false);
    }

    /**
     * Removes a pinned datapath, that has no firewall any more, and closes it. Of one that is not pinned, closing is the end.
     *
     * @throws BpfException if there are firewalls, of whatever process; nothing is changed then
     */
    public void remove() {
        pins.filter(place -> place.has(PROGRAMS, ingressProgram())).ifPresent(place -> {
            requireNoFirewalls();
            place.takeAway().ifPresent(going -> {
                try {
                    // Once more: until just now anybody could attach one.
                    requireNoFirewalls();
                } catch (RuntimeException e) {
                    place.putBack(going);
                    throw e;
                }
                DatapathPins.removeAll(going);
            });
        });
        close();
    }

    private void requireNoFirewalls() {
        int stubs = claims.remaining();
        if (stubs > 0) {
            throw new BpfException(
                    "the datapath " + pins.map(DatapathPins::toString).orElse("")
                            + " has firewalls still, with " + stubs
                            + " programs: remove them first (L4Firewall.remove, L4Datapath.removePinned)");
        }
    }

    /** Closes its firewalls, and frees what is this process's alone. What is pinned stays in force. */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (L4Firewall firewall : firewalls.keySet()) {
            try {
                firewall.close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        detachedLinks.close();
        maps.close();
        object.close();
        if (failure != null) {
            throw failure;
        }
    }
}
