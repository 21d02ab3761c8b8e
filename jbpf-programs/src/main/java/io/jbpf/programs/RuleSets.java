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

    private static final class Shared {
        final BpfMap map;
        int users;

        Shared(BpfMap map) {
            this.map = map;
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
     * @return its map; {@link #release} when it is in no slot of the taker's any more
     */
    synchronized BpfMap acquire(BitSet refused) {
        Shared found = shared.get(refused);
        if (found == null) {
            found = new Shared(create(refused));
            shared.put((BitSet) refused.clone(), found);
        }
        found.users++;
        return found.map;
    }

    /** Takes part in a rule set that an earlier process has made; its map becomes this one's to close. */
    synchronized void adopt(BitSet refused, BpfMap map) {
        Shared found = shared.get(refused);
        if (found == null) {
            found = new Shared(map);
            shared.put((BitSet) refused.clone(), found);
        } else {
            map.close();
        }
        found.users++;
    }

    synchronized void release(BitSet refused) {
        Shared found = shared.get(refused);
        if (found != null && --found.users == 0) {
            shared.remove(refused);
            found.map.close();
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
        shared.values().forEach(each -> each.map.close());
        shared.clear();
    }
}
