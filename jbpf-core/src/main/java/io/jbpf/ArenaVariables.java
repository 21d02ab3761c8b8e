package io.jbpf;

import io.jbpf.error.BpfException;
import io.jbpf.map.BpfMap;
import io.jbpf.object.MapSpec;
import io.jbpf.probe.Feature;
import io.jbpf.probe.KernelProbes;
import io.jbpf.sys.MappedMemory;

/**
 * Where an object's variables lie in its arena: in the last pages, as with libbpf 1.7, so that the first ones are free and
 * an access through a null pointer hits no variable. Libbpf before it had them at the start.
 */
final class ArenaVariables {
    /** {@code BPF_MAX_VAR_OFF}: so far into a map do kernels before 7.0 let an instruction point. */
    private static final long NEAR = 1L << 29;

    private ArenaVariables() {}

    static int size(MapSpec arena) {
        return arena.initialValue().map(data -> data.length).orElse(0);
    }

    /**
     * The offset of the first variable.
     *
     * @throws BpfException if the arena is too small
     */
    static long offset(MapSpec arena, BpfMap map) {
        long page = MappedMemory.PAGE_SIZE;
        long needed = (size(arena) + page - 1) / page * page;
        long offset = map.arenaSize() - needed;
        if (offset < 0) {
            throw new BpfException("arena '" + arena.name() + "' has " + map.arenaSize() + " bytes, too few for its "
                    + size(arena) + " bytes of variables; declare more max_entries, which are pages");
        }
        boolean near = offset + size(arena) <= NEAR;
        return near || KernelProbes.feature(Feature.FAR_DIRECT_VALUES).isSupported() ? offset : 0;
    }
}
