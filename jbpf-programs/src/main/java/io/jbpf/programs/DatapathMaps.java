package io.jbpf.programs;

import io.jbpf.fs.BpffsLock;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapOfMaps;
import io.jbpf.map.TypedMap;
import io.jbpf.object.MapSpec;
import io.jbpf.object.ObjectSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The maps of l4_firewall.bpf.c that all firewalls of a datapath share; {@link FirewallMaps} are those of one. */
final class DatapathMaps implements AutoCloseable {
    private static final int ONLY = 0;
    private static final int REFUSES = 1;

    private static final int FEWEST_DATAGRAMS = 64;
    private static final int FLOWS_A_DATAGRAM = 8;

    /** A map of maps, and what is in it: the same for a thousand firewalls. */
    private record Slots(MapOfMaps<Integer> maps, MapSpec inner) {}

    private final Map<String, Slots> slots = new ConcurrentHashMap<>();
    private final Map<String, BpfMap> maps;
    private final ObjectSpec spec;
    private final int mostOwnFlows;
    private final Optional<DatapathPins> pins;
    private final RuleSets ruleSets;
    private final MapSlot ownFlows;
    private final MapSlot datagrams;
    private final TypedMap<Integer, Integer> settings;

    /**
     * The maps.
     *
     * @param maps by name; they stay the caller's
     * @param spec what they were made by
     * @param mostOwnFlows for how many flows there is room once a table of them is needed
     * @param pins where they are pinned, and others may use them, if anywhere
     */
    DatapathMaps(Map<String, BpfMap> maps, ObjectSpec spec, int mostOwnFlows, Optional<DatapathPins> pins) {
        this.pins = pins;
        this.maps = maps;
        this.spec = spec;
        this.mostOwnFlows = mostOwnFlows;
        ruleSets = new RuleSets(MapSlot.inner(spec.map("rules")));
        ownFlows = slot("own_flows", ONLY);
        datagrams = slot("datagrams", ONLY);
        settings = map("settings").typed(Codec.u32(), Codec.u32());
    }

    BpfMap map(String name) {
        return Objects.requireNonNull(maps.get(name), name);
    }

    /** {@return the rule sets that firewalls have in force} */
    RuleSets ruleSets() {
        return ruleSets;
    }

    /** {@return one slot of a map of maps} */
    MapSlot slot(String name, int number) {
        Slots all = slots.computeIfAbsent(
                name, each -> new Slots(MapOfMaps.of(map(each), Codec.u32()), MapSlot.inner(spec.map(each))));
        return new MapSlot(all.maps, all.inner, number);
    }

    /** Makes the tables that firewalls need which refuse anything, unless they are there. Once made, they stay. */
    synchronized void makeTables() {
        if (haveTables()) {
            return;
        }
        if (pins.isEmpty()) {
            makeMissing();
            return;
        }
        // Of two that both find none, in this process or in two, the later would put its own in place of the other's.
        BpffsLock lock = pins.get().lock();
        try {
            makeMissing();
        } finally {
            lock.close();
        }
    }

    private boolean haveTables() {
        return ownFlows.current().isPresent() && datagrams.current().isPresent();
    }

    private void makeMissing() {
        if (ownFlows.current().isEmpty()) {
            ownFlows.put(ownFlows.create(mostOwnFlows));
        }
        if (datagrams.current().isEmpty()) {
            datagrams.put(datagrams.create(Math.max(FEWEST_DATAGRAMS, mostOwnFlows / FLOWS_A_DATAGRAM)));
        }
    }

    /** {@return the own flows of all firewalls, if there is a table of them; stays this one's} */
    synchronized Optional<BpfMap> ownFlows() {
        return ownFlows.current();
    }

    /** {@return what became of first fragments, of all firewalls, if there is a table of them; stays this one's} */
    synchronized Optional<BpfMap> datagrams() {
        return datagrams.current();
    }

    /** {@return the tables that there are, in which each entry is one firewall's; they stay this one's} */
    synchronized List<BpfMap> tables() {
        List<BpfMap> tables = new ArrayList<>();
        ownFlows.current().ifPresent(tables::add);
        datagrams.current().ifPresent(tables::add);
        return tables;
    }

    /** Says whether a firewall refuses anything, and so uses the tables. */
    void setRefuses(int slot, boolean refuses) {
        settings.put(slot, refuses ? REFUSES : 0);
    }

    boolean refuses(int slot) {
        return settings.lookup(slot).orElse(0) == REFUSES;
    }

    @Override
    public synchronized void close() {
        ruleSets.close();
        ownFlows.close();
        datagrams.close();
    }
}
