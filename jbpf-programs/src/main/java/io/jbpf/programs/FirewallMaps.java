package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.PerCpuMap;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.InetSocket;
import io.jbpf.netlink.SocketDiagnosis;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** The maps of one firewall of a datapath in Java values, laid out as the structures of l4_firewall.bpf.c. */
final class FirewallMaps implements AutoCloseable {
    private static final int ONLY = 0;
    private static final int FIRST_FRAGMENT_BYTES = 16;
    private static final int STATS_BYTES = 128;

    private static final Codec<FirewallStats> STATS =
            Codec.of(STATS_BYTES, (stats, to) -> {}, FirewallMaps::decodeStats);

    private final DatapathMaps shared;
    private final int slot;
    private final long id;
    private final MapSlot rules;
    private final MapSlot inboundFlows;
    private final MapSlot blockedFlows;
    private final MapSlot stats;
    private BitSet refused = new BitSet();
    private boolean hasRules;

    FirewallMaps(DatapathMaps shared, int slot, long id) {
        this.shared = shared;
        this.slot = slot;
        this.id = id;
        rules = shared.slot("rules", slot);
        inboundFlows = shared.slot("inbound_flows", slot);
        blockedFlows = shared.slot("blocked_flows", slot);
        stats = shared.slot("stats", slot);
    }

    /** Makes the slot a new firewall's, whatever a former one has left there; with the counts of another, if there are any. */
    void begin(Optional<CarriedCounts> counts) {
        clear();
        stats.put(counts.map(former -> former.map().duplicate()).orElseGet(stats::create));
    }

    /** {@return the counts, for another to go on with; nothing if the slot was emptied} */
    Optional<CarriedCounts> counts() {
        return stats.current().map(map -> new CarriedCounts(map.duplicate()));
    }

    /** Empties the slot. Whatever runs there now lets nothing in. */
    void clear() {
        for (MapSlot each : List.of(rules, inboundFlows, blockedFlows, stats)) {
            each.clear();
        }
        releaseRules();
        shared.setRefuses(slot, false);
    }

    private void releaseRules() {
        if (hasRules) {
            hasRules = false;
            shared.ruleSets().release(refused);
        }
    }

    /** Lets blocked flows be noted in a table, which may be shared. */
    void report(BpfMap table) {
        blockedFlows.put(table.duplicate());
    }

    /** Puts rules in force at once. The old ones stay if that fails. */
    void put(FirewallRules newRules) {
        RuleSets.RuleSet fresh = shared.ruleSets().acquire(newRules.refusedPorts());
        try {
            rules.lend(fresh.map());
        } catch (RuntimeException e) {
            shared.ruleSets().release(fresh.refused());
            throw e;
        }
        releaseRules();
        refused = fresh.refused();
        hasRules = true;
    }

    /**
     * Goes on with the rules that are in force, by the ports that they refuse: which of the ports that pass were named, and
     * which were not, makes no difference to packets, and is not kept.
     */
    FirewallRules adoptRules() {
        BpfMap map = rules.open()
                .orElseThrow(() -> new IllegalStateException("the firewall's slot " + slot + " has no rules"));
        try {
            refused = RuleSets.read(map);
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
        refused = shared.ruleSets().adopt(refused, map).refused();
        hasRules = true;
        BitSet ports = (BitSet) refused.clone();
        boolean block = ports.get(0);
        if (block) {
            ports.flip(0, PortSet.MAX + 1);
        }
        ports.clear(0);
        PortSet named = PortSet.of(ports.stream().toArray());
        return block
                ? new FirewallRules(named, PortSet.empty(), DefaultAction.BLOCK)
                : new FirewallRules(PortSet.empty(), named, DefaultAction.ALLOW);
    }

    /** Makes the tables that rules need, before those are put in force; those that are there stay. */
    void makeTables(FirewallRules newRules) {
        if (newRules.refusesAny()) {
            shared.makeTables();
            shared.setRefuses(slot, true);
        }
    }

    /** Forgets what is remembered where rules that are in force need nothing. */
    void dropTables(FirewallRules inForce) {
        if (!inForce.refusesAny() && shared.refuses(slot)) {
            shared.setRefuses(slot, false);
            inboundFlows.clear();
            shared.ownFlows().map(FlowTable::new).ifPresent(table -> table.of(id)
                    .forEach(table::remove));
            shared.datagrams().ifPresent(this::forgetDatagrams);
        }
    }

    /**
     * Tells the program of the flows that are there already.
     *
     * @param from knows the sockets of the filtered side
     * @param rules that are, or will be, in force
     * @param newlyRefused the local ports that were not refused before
     */
    void tell(SocketDiagnosis from, FirewallRules rules, IntPredicate newlyRefused) {
        if (!rules.refusesAny()) {
            return;
        }
        List<InetSocket> sockets = from.sockets();
        LiveFlows live = LiveFlows.of(id, sockets, newlyRefused);
        Set<Flow> inbound = live.inbound();
        Set<Flow> known = new HashSet<>();
        inboundFlows
                .current()
                .ifPresent(table -> known.addAll(marks(table).entries().keySet()));
        known.stream().filter(LiveFlows.all(id, sockets)::contains).forEach(inbound::add);
        if (!inbound.equals(known)) {
            if (inbound.isEmpty()) {
                inboundFlows.clear();
            } else {
                BpfMap table = inboundFlows.create(inbound.size());
                TypedMap<Flow, Integer> marks = marks(table);
                inbound.forEach(flow -> marks.put(flow, 1));
                inboundFlows.put(table);
            }
        }
        shared.ownFlows().map(FlowTable::new).ifPresent(table -> table.begin(live.own()));
    }

    private static TypedMap<Flow, Integer> marks(BpfMap table) {
        return table.typed(Flow.CODEC, Codec.u32());
    }

    /** {@code struct datagram} has the firewall's id where {@code struct flow} has it. */
    private void forgetDatagrams(BpfMap table) {
        TypedMap<Flow, byte[]> datagrams = table.typed(Flow.CODEC, Codec.bytes(FIRST_FRAGMENT_BYTES));
        datagrams.entries().keySet().stream()
                .filter(key -> key.firewall() == id)
                .forEach(datagrams::delete);
    }

    /**
     * The flows that are remembered as own ones.
     *
     * @throws IllegalStateException if none are, since the rules refuse nothing
     */
    List<Flow> ownFlows() {
        if (!shared.refuses(slot)) {
            throw new IllegalStateException("the rules refuse nothing: no own flow is remembered");
        }
        return shared.ownFlows().map(table -> new FlowTable(table).of(id)).orElse(List.of());
    }

    FirewallStats stats() {
        return stats.current()
                .flatMap(map -> counts(map).merged(ONLY, FirewallStats::plus))
                .orElse(FirewallStats.NONE);
    }

    private static PerCpuMap<Integer, FirewallStats> counts(BpfMap map) {
        return map.perCpu(Codec.u32(), STATS);
    }

    /** Lets go of the tables; the program's slots still hold them. */
    @Override
    public void close() {
        List.of(rules, inboundFlows, blockedFlows, stats).forEach(MapSlot::close);
        releaseRules();
    }

    private static FirewallStats decodeStats(ByteBuffer from) {
        Kinds allowed = Kinds.decode(from);
        Kinds blocked = Kinds.decode(from);
        return new FirewallStats(
                allowed.sum(),
                blocked.sum(),
                allowed.tcp.plus(blocked.tcp),
                allowed.udp.plus(blocked.udp),
                allowed.unreadable.plus(blocked.unreadable),
                from.getLong(),
                from.getLong());
    }

    /** {@code struct traffic [KINDS]}. */
    private record Kinds(Traffic tcp, Traffic udp, Traffic unreadable) {
        static Kinds decode(ByteBuffer from) {
            return new Kinds(traffic(from), traffic(from), traffic(from));
        }

        private static Traffic traffic(ByteBuffer from) {
            return new Traffic(from.getLong(), from.getLong());
        }

        Traffic sum() {
            return tcp.plus(udp).plus(unreadable);
        }
    }
}
