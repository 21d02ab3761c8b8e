package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.PerCpuMap;
import io.jbpf.map.TypedMap;
import io.jbpf.netlink.InetSocket;
import io.jbpf.netlink.SocketDiagnosis;
import io.jbpf.object.ObjectSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** The maps of l4_firewall.bpf.c in Java values, laid out as the structures there. */
final class FirewallMaps implements AutoCloseable {
    private static final int ONLY = 0;
    private static final int BITMAP_BYTES = (PortSet.MAX + 1) / 8;
    private static final int FLOW_ESTABLISHED = 2;
    private static final int FLOW_UDP = 4;

    /** Where few ports are refused: what answers to own flows come to is hardly ever among them. */
    private static final int FEW_FLOWS = 64;

    private static final Codec<FirewallStats> STATS = Codec.of(
            112,
            (stats, to) -> {},
            from -> new FirewallStats(
                    traffic(from),
                    traffic(from),
                    traffic(from),
                    traffic(from),
                    traffic(from),
                    from.getLong(),
                    from.getLong()));

    private final MapSlot rules;
    private final MapSlot ownFlows;
    private final MapSlot inboundFlows;
    private final MapSlot datagrams;
    private final MapSlot blockedFlows;
    private final PerCpuMap<Integer, FirewallStats> stats;
    private final int mostOwnFlows;

    FirewallMaps(BpfObject object, ObjectSpec spec, int mostOwnFlows) {
        rules = slot(object, spec, "rules");
        ownFlows = slot(object, spec, "own_flows");
        inboundFlows = slot(object, spec, "inbound_flows");
        datagrams = slot(object, spec, "datagrams");
        blockedFlows = slot(object, spec, "blocked_flows");
        stats = object.map("stats").perCpu(Codec.u32(), STATS);
        this.mostOwnFlows = mostOwnFlows;
    }

    private static MapSlot slot(BpfObject object, ObjectSpec spec, String name) {
        return new MapSlot(object.map(name), spec.map(name));
    }

    /** Lets blocked flows be noted in a table, which may be shared. */
    void report(BpfMap table) {
        blockedFlows.put(table.duplicate());
    }

    /** Puts rules in force at once. The old ones stay if that fails. */
    void put(FirewallRules newRules) {
        BpfMap fresh = rules.create();
        bitmap(fresh).put(ONLY, bitmap(newRules));
        rules.put(fresh);
    }

    private static TypedMap<Integer, byte[]> bitmap(BpfMap table) {
        return table.typed(Codec.u32(), Codec.bytes(BITMAP_BYTES));
    }

    /** BitSet's bytes are the program's bitmap, without the zeroes at the end; bit 0 is the default action's. */
    private static byte[] bitmap(FirewallRules rules) {
        byte[] bitmap = new byte[BITMAP_BYTES];
        byte[] refused = rules.refusedPorts().toByteArray();
        System.arraycopy(refused, 0, bitmap, 0, refused.length);
        return bitmap;
    }

    /**
     * The rules in force, by the ports that they refuse: which of the ports that pass were named, and which were not, makes
     * no difference to packets, and is not kept.
     */
    FirewallRules rulesInForce() {
        byte[] bitmap = rules.current()
                .flatMap(table -> bitmap(table).lookup(ONLY))
                .orElseThrow(() -> new IllegalStateException("the firewall's maps hold no rules"));
        BitSet refused = BitSet.valueOf(bitmap);
        boolean block = refused.get(0);
        if (block) {
            refused.flip(0, PortSet.MAX + 1);
        }
        refused.clear(0);
        PortSet named = PortSet.of(refused.stream().toArray());
        return block
                ? new FirewallRules(named, PortSet.empty(), DefaultAction.BLOCK)
                : new FirewallRules(PortSet.empty(), named, DefaultAction.ALLOW);
    }

    /** Makes the tables that rules need, before those are put in force; those that are there stay. */
    void makeTables(FirewallRules newRules) {
        if (!newRules.refusesAny()) {
            return;
        }
        int size = newRules.defaultAction() == DefaultAction.BLOCK ? mostOwnFlows : Math.min(mostOwnFlows, FEW_FLOWS);
        Optional<BpfMap> old = ownFlows.current();
        if (old.filter(table -> table.info().maxEntries() >= size).isEmpty()) {
            BpfMap table = ownFlows.create(size);
            old.ifPresent(from -> states(table).putAll(states(from).entries()));
            ownFlows.put(table);
        }
        if (datagrams.current().isEmpty()) {
            datagrams.put(datagrams.create());
        }
    }

    /** Frees the tables where rules that are in force need none. */
    void dropTables(FirewallRules inForce) {
        if (!inForce.refusesAny()) {
            ownFlows.clear();
            inboundFlows.clear();
            datagrams.clear();
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
        LiveFlows live = LiveFlows.of(sockets, newlyRefused);
        Set<Flow> inbound = live.inbound();
        Set<Flow> known = new HashSet<>();
        inboundFlows
                .current()
                .ifPresent(table -> known.addAll(marks(table).entries().keySet()));
        known.stream().filter(LiveFlows.all(sockets)::contains).forEach(inbound::add);
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
        ownFlows.current().ifPresent(table -> live.own().stream()
                .limit(table.info().maxEntries())
                .forEach(flow -> states(table).put(flow, state(flow))));
    }

    private static byte[] state(Flow flow) {
        ByteBuffer state = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
        // CLOCK_MONOTONIC, as bpf_ktime_get_ns has it.
        state.putLong(System.nanoTime()).putInt(flow.isTcp() ? FLOW_ESTABLISHED : FLOW_UDP);
        return state.array();
    }

    private static TypedMap<Flow, byte[]> states(BpfMap table) {
        return table.typed(Flow.CODEC, Codec.bytes(16));
    }

    private static TypedMap<Flow, Integer> marks(BpfMap table) {
        return table.typed(Flow.CODEC, Codec.u32());
    }

    /**
     * How many own flows are remembered.
     *
     * @throws IllegalStateException if there is no table, since the rules refuse nothing
     */
    long ownFlows() {
        return ownFlows.current()
                .orElseThrow(() -> new IllegalStateException("the rules refuse nothing: no own flow is remembered"))
                .count();
    }

    FirewallStats stats() {
        return stats.merged(ONLY, FirewallStats::plus).orElse(FirewallStats.NONE);
    }

    /** Lets go of the tables; the program's slots still hold them. */
    @Override
    public void close() {
        List.of(rules, ownFlows, inboundFlows, datagrams, blockedFlows).forEach(MapSlot::close);
    }

    private static Traffic traffic(ByteBuffer from) {
        return new Traffic(from.getLong(), from.getLong());
    }
}
