package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.MapOfMaps;
import io.jbpf.object.MapSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One slot of a map of maps, from which a program takes a table. What is put in has been seen by no packet, and what
 * was in it is freed when no packet uses it any more: the kernel sees to both. Keeps what it holds open, since opening it
 * by its id needs CAP_SYS_ADMIN.
 */
final class MapSlot implements AutoCloseable {
    private final MapOfMaps<Integer> slots;
    private final MapSpec inner;
    private final int number;
    private @Nullable BpfMap held;

    /**
     * A slot.
     *
     * @param slots all of them: one object for all firewalls, as the next
     * @param inner what the maps in them are like
     * @param number which slot
     */
    MapSlot(MapOfMaps<Integer> slots, MapSpec inner, int number) {
        this.slots = slots;
        this.inner = inner;
        this.number = number;
    }

    /** {@return what the maps in a map of maps are like} */
    static MapSpec inner(MapSpec outer) {
        // Made without the object's types.
        return outer.inner().orElseThrow().withoutTypes().withName("jbpf_fw_table");
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
            slots.put(number, table);
        } catch (RuntimeException e) {
            table.close();
            throw e;
        }
        hold(table);
    }

    /** Puts a map in that stays its owner's. */
    void lend(BpfMap table) {
        slots.put(number, table);
        hold(null);
    }

    /** {@return what is in it; stays the slot's} */
    Optional<BpfMap> current() {
        if (held == null) {
            held = slots.open(number).orElse(null);
        }
        return Optional.ofNullable(held);
    }

    /** {@return what is in it, the caller's to close} */
    Optional<BpfMap> open() {
        return slots.open(number);
    }

    /** Empties it. Emptying what is empty costs no grace period. */
    void clear() {
        if (slots.id(number).isPresent()) {
            slots.delete(number);
        }
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
