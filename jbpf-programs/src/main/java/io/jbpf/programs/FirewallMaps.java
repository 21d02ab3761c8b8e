package io.jbpf.programs;

import io.jbpf.BpfObject;
import io.jbpf.map.Codec;
import io.jbpf.map.PerCpuMap;
import io.jbpf.map.TypedMap;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** The maps of l4_firewall.bpf.c in Java values, laid out as the structures there. */
final class FirewallMaps {
    private static final int ONLY = 0;
    private static final int DEFAULT_BLOCK = 1;
    private static final int TRACK_FLOWS = 2;
    private static final int BITMAP_BYTES = (PortSet.MAX + 1) / 8;

    private static final Codec<FirewallRules> RULES =
            Codec.of(8 + BITMAP_BYTES, FirewallMaps::encode, from -> FirewallRules.allowAll());
    private static final Codec<FirewallStats> STATS = Codec.of(
            88,
            (stats, to) -> {},
            from -> new FirewallStats(
                    traffic(from), traffic(from), traffic(from), traffic(from), traffic(from), from.getLong()));

    private final TypedMap<Integer, FirewallRules> rules;
    private final PerCpuMap<Integer, FirewallStats> stats;

    FirewallMaps(BpfObject object) {
        rules = object.map("rules").typed(Codec.u32(), RULES);
        stats = object.map("stats").perCpu(Codec.u32(), STATS);
    }

    void put(FirewallRules newRules) {
        rules.put(ONLY, newRules);
    }

    FirewallStats stats() {
        return stats.merged(ONLY, FirewallStats::plus).orElse(FirewallStats.NONE);
    }

    private static void encode(FirewallRules rules, ByteBuffer to) {
        int flags = (rules.defaultAction() == DefaultAction.BLOCK ? DEFAULT_BLOCK : 0)
                | (rules.refusesAny() ? TRACK_FLOWS : 0);
        to.putInt(flags).putInt(0);
        BitSet refused = rules.refusedPorts();
        // BitSet's bytes are the program's bitmap: bit (p & 7) of byte (p >> 3), without the zeroes at the end.
        to.put(refused.toByteArray());
    }

    private static Traffic traffic(ByteBuffer from) {
        return new Traffic(from.getLong(), from.getLong());
    }
}
