package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import io.jbpf.object.MapSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Rule sets in the kernel, one map for all firewalls of this process that refuse the same ports. A map is filled before it is
 * in anybody's slot, and never written again.
 */
final class RuleSets implements AutoCloseable {
    private static final int ONLY = 0;
    private static final int BITMAP_BYTES = (PortSet.MAX + 1) / 8;

    private static final int MMAPABLE = 1 << 10;

    private final MapSpec spec;
    private final Map<BitSet, Shared> shared = new HashMap<>();

    /**
     * A rule set that is taken part in.
     *
     * @param refused the ports that it refuses: the one object for all who take part, 8 KB large; not to be changed
     * @param map its map
     */
    record RuleSet(BitSet refused, BpfMap map) {}

    private static final class Shared {
        final RuleSet set;
        int users;

        Shared(RuleSet set) {
            this.set = set;
        }
    }

    RuleSets(MapSpec spec) {
        this.spec = spec;
    }

    /** {@return what rule sets are like on this kernel: before Linux 5.5 it knows no mappable arrays} */
    static MapSpec fitted(MapSpec spec) {
        return KernelProbes.feature(Feature.MMAPABLE_ARRAYS).isUnsupported()
                ? spec.withFlags(spec.flags() & ~MMAPABLE)
                : spec;
    }

    /**
     * Takes part in a rule set.
     *
     * @return the rule set; {@link #release} when it is in no slot of the taker's any more
     */
    synchronized RuleSet acquire(BitSet refused) {
        Shared found = shared.get(refused);
        if (found == null) {
            BitSet ports = (BitSet) refused.clone();
            found = new Shared(new RuleSet(ports, create(ports)));
            shared.put(ports, found);
        }
        found.users++;
        return found.set;
    }

    /** Takes part in a rule set that an earlier process has made; its map becomes this one's to close. */
    synchronized RuleSet adopt(BitSet refused, BpfMap map) {
        Shared found = shared.get(refused);
        if (found == null) {
            BitSet ports = (BitSet) refused.clone();
            found = new Shared(new RuleSet(ports, map));
            shared.put(ports, found);
        } else {
            map.close();
        }
        found.users++;
        return found.set;
    }

    synchronized void release(BitSet refused) {
        Shared found = shared.get(refused);
        if (found != null && --found.users == 0) {
            shared.remove(refused);
            found.set.map.close();
        }
    }

    private BpfMap create(BitSet refused) {
        BpfMap map = BpfMap.create(spec);
        try {
            bitmap(map).put(ONLY, bytes(refused));
            return map;
        } catch (RuntimeException e) {
            map.close();
            throw e;
        }
    }

    /** BitSet's bytes are the program's bitmap, without the zeroes at the end; bit 0 is the default action's. */
    private static byte[] bytes(BitSet refused) {
        byte[] bitmap = new byte[BITMAP_BYTES];
        byte[] set = refused.toByteArray();
        System.arraycopy(set, 0, bitmap, 0, set.length);
        return bitmap;
    }

    /** {@return the ports that a rule set refuses} */
    static BitSet read(BpfMap map) {
        return BitSet.valueOf(bitmap(map).lookup(ONLY).orElseThrow());
    }

    private static TypedMap<Integer, byte[]> bitmap(BpfMap map) {
        return map.typed(Codec.u32(), Codec.bytes(BITMAP_BYTES));
    }

    @Override
    public synchronized void close() {
        shared.values().forEach(each -> each.set.map.close());
        shared.clear();
    }
}
