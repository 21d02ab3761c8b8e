package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.MapOfMaps;
import io.jbpf.object.MapSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one slot of a map of maps, from which a program takes a table. What is put in has been seen by no packet, and what
 * was in it is freed when no packet uses it any more: the kernel sees to both. Keeps what it holds open, since opening it
 * by its id needs CAP_SYS_ADMIN.
 */
final class MapSlot implements AutoCloseable {
    private static final int ONLY = 0;

    private final MapOfMaps<Integer> slots;
    private final MapSpec inner;
    private @Nullable BpfMap held;

    MapSlot(BpfMap outer, MapSpec spec) {
        slots = MapOfMaps.of(outer, Codec.u32());
        inner = spec.inner().orElseThrow().withoutTypes().withName("jbpf_fw_table");
    }

    /** {@return a new map that fits} */
    BpfMap create() {
        return BpfMap.create(inner);
    }

    /** {@return a new map that fits, for so many entries} */
    BpfMap create(int maxEntries) {
        return BpfMap.create(inner.withMaxEntries(maxEntries));
    }

    /** Puts a map in, in place of what was there, and owns it from now on, also if the kernel refuses it. */
    void put(BpfMap table) {
        try {
            slots.put(ONLY, table);
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
        hold(table);
    }

    /** {@return what is in it; stays the slot's} */
    Optional<BpfMap> current() {
        if (held == null) {
            held = slots.open(ONLY).orElse(null);
        }
        return Optional.ofNullable(held);
    }

    /** Empties it. */
    void clear() {
        slots.delete(ONLY);
        hold(null);
    }

    private void hold(@Nullable BpfMap table) {
        if (held != null) {
            held.close();
        }
        held = table;
    }

    /** Lets go of what is in it, which stays there. */
    @Override
    public void close() {
        hold(null);
    }
}
