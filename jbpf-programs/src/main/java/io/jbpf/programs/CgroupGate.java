package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where a system call has to look: the settings, and the gate, which keeps the calls of those who are not watched cheap. A
 * cgroup falls into one of the gate's buckets by a hash; nobody in a closed bucket is watched.
 *
 * <p>Buckets are opened when a cgroup is watched, here or in the kernel, and never closed in the half that is in use. When
 * many may be open for nobody, the other half is written anew and put in use, so that no watched cgroup ever finds its
 * bucket closed: whatever opens a bucket opens it in both halves, after the cgroup's entry is there, and the entries are
 * read after the half was closed.
 */
final class CgroupGate {
    /** A power of two; so many buckets for each watched cgroup let few others through. */
    private static final int BUCKETS_PER_CGROUP = 8;

    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;
    /** Beside the bits of the hierarchies. */
    private static final int WATCHES_PROCESSES = 1 << 3;

    private static final int ONLY = 0;
    private static final int OPEN = 1;

    private final TypedMap<Integer, Settings> settings;
    private final TypedMap<Integer, Integer> gate;
    private Settings current;
    private long opened;
    private long tidiedAt;

    private record Settings(int watches, int generation, int gateBegin, int gateMask) {
        static final Codec<Settings> CODEC = Codec.of(
                16,
                (settings, to) -> to.putInt(settings.watches)
                        .putInt(settings.generation)
                        .putInt(settings.gateBegin)
                        .putInt(settings.gateMask),
                from -> new Settings(from.getInt(), from.getInt(), from.getInt(), from.getInt()));

        Settings withWatches(int watched) {
            return new Settings(watched, generation + 1, gateBegin, gateMask);
        }

        Settings withOtherHalf() {
            return new Settings(watches, generation + 1, otherHalf(), gateMask);
        }

        int otherHalf() {
            return gateBegin == 0 ? gateMask + 1 : 0;
        }
    }

    CgroupGate(BpfMap settingsMap, BpfMap gateMap) {
        settings = settingsMap.typed(Codec.u32(), Settings.CODEC);
        gate = gateMap.typed(Codec.u32(), Codec.u32());
        int buckets = gateMap.info().maxEntries() / 2;
        Settings found = settings.lookup(ONLY).orElseThrow();
        boolean adopted = found.gateMask != 0;
        current = adopted ? found : new Settings(0, 1, 0, buckets - 1);
        // Nobody knows how many another process has opened.
        opened = adopted ? buckets : 0;
        settings.put(ONLY, current);
    }

    /** {@return how many elements the gate's map needs for so many cgroups} */
    static int elements(int cgroups) {
        int buckets = Integer.highestOneBit(Math.max(2, Math.min(cgroups, 1 << 20)) - 1) * 2 * BUCKETS_PER_CGROUP;
        return 2 * buckets;
    }

    /** Says where to look, and that what a CPU found last may hold no more. */
    void watch(Set<CgroupHierarchy> hierarchies, boolean processes) {
        int watches = processes ? WATCHES_PROCESSES : 0;
        for (CgroupHierarchy hierarchy : hierarchies) {
            watches |= hierarchy.bit();
        }
        current = current.withWatches(watches);
        settings.put(ONLY, current);
    }

    /** Lets a cgroup through whose entry is there already. */
    void open(long cgroup) {
        int bucket = bucket(cgroup);
        gate.put(bucket, OPEN);
        gate.put(current.gateMask + 1 + bucket, OPEN);
        opened++;
    }

    /**
     * Closes the gate for those who are watched no more, if so many buckets were opened since that it is worth it.
     *
     * @param openedInKernel how many buckets the kernel has opened since the counter was made
     * @param watched tells the cgroups that are watched when it is asked
     */
    void tidy(long openedInKernel, Supplier<Collection<Long>> watched) {
        if (opened + openedInKernel - tidiedAt <= current.gateMask / BUCKETS_PER_CGROUP) {
            return;
        }
        tidiedAt = opened + openedInKernel;
        int begin = current.otherHalf();
        Map<Integer, Integer> closed = new HashMap<>();
        for (int bucket = 0; bucket <= current.gateMask; bucket++) {
            closed.put(begin + bucket, 0);
        }
        gate.putAll(closed);
        Map<Integer, Integer> open = new HashMap<>();
        watched.get().forEach(cgroup -> open.put(begin + bucket(cgroup), OPEN));
        gate.putAll(open);
        current = current.withOtherHalf();
        settings.put(ONLY, current);
    }

    private int bucket(long cgroup) {
        return (int) ((cgroup * GOLDEN_RATIO) >>> 32) & current.gateMask;
    }
}
