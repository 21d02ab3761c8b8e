package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.OptionalInt;

/**
 * An array of kernel objects, which the kernel takes by their descriptors: {@code BPF_MAP_TYPE_PROG_ARRAY} (programs for
 * {@code bpf_tail_call}; Linux 4.2), {@code PERF_EVENT_ARRAY} (perf events, by CPU; 4.3) and {@code CGROUP_ARRAY} (cgroups
 * for {@code bpf_skb_under_cgroup}; 4.8). A slot of perf events is emptied when the map's descriptor it was set through is
 * closed, unless the map has {@code BPF_F_PRESERVE_ELEMS} (5.10). A program array without pin and user is emptied
 * by the kernel when its last descriptor closes.
 *
 * <p>Owns nothing; works while its {@link BpfMap} is open.
 */
public final class FdArray {
    private final BpfMap map;

    private FdArray(BpfMap map) {
        Views.requireType(
                map,
                "array of programs, perf events or cgroups",
                MapType.PROG_ARRAY,
                MapType.PERF_EVENT_ARRAY,
                MapType.CGROUP_ARRAY);
        this.map = map;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type
     */
    public static FdArray of(BpfMap map) {
        return new FdArray(map);
    }

    /**
     * Puts something into a slot, in place of what was there.
     *
     * @throws SystemCallException EINVAL if it does not suit: a program of another type than those before it, or no perf
     *     event; E2BIG if there is no such slot
     */
    public void put(int slot, DescriptorOwner object) {
        Descriptors.with(object, descriptor -> {
            put(slot, descriptor);
            return descriptor;
        });
    }

    /**
     * Puts what a descriptor of this process stands for into a slot. The kernel holds it from then on.
     *
     * @throws SystemCallException as above, or EBADF
     */
    public void put(int slot, int descriptor) {
        Scratch scratch = Views.scratch(map, slot);
        scratch.value(Integer.BYTES).putInt(0, descriptor);
        map.update(scratch, UpdateMode.ANY);
    }

    /**
     * {@return the id of the program in a slot, or nothing if it is empty}
     *
     * @throws SystemCallException ENOTSUPP or EOPNOTSUPP for perf events and cgroups, which the kernel does not tell
     */
    public OptionalInt id(int slot) {
        Scratch scratch = Views.scratch(map, slot);
        return map.lookup(scratch) ? OptionalInt.of(scratch.value(Integer.BYTES).getInt(0)) : OptionalInt.empty();
    }

    /** Empties a slot; answers whether there was something. */
    public boolean delete(int slot) {
        return map.delete(Views.scratch(map, slot));
    }
}
