package io.jbpf.map;

import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Arrays;
import java.util.Optional;

/**
 * Stack traces that programs keep with {@code bpf_get_stackid}: {@code BPF_MAP_TYPE_STACK_TRACE}, Linux 4.6. Owns nothing;
 * works while its {@link BpfMap} is open.
 */
public final class StackTraceMap {
    private static final int BUILD_ID = 1 << 5;

    private final BpfMap map;

    private StackTraceMap(BpfMap map) {
        Views.requireType(map, "map of stack traces", MapType.STACK_TRACE);
        if ((map.info().flags() & BUILD_ID) != 0) {
            throw new IllegalArgumentException(
                    "map '" + map.name() + "' has build ids (BPF_F_STACK_BUILD_ID), not addresses: use typed()");
        }
        this.map = map;
    }

    /**
     * A view of a map.
     *
     * @throws IllegalArgumentException if the map is of another type, or keeps build ids instead of addresses
     */
    public static StackTraceMap of(BpfMap map) {
        return new StackTraceMap(map);
    }

    /**
     * {@return the addresses of a trace, innermost first, or nothing if it is gone}
     *
     * @param id what {@code bpf_get_stackid} answered
     * @throws SystemCallException if the kernel refuses
     */
    public Optional<long[]> addresses(int id) {
        Scratch scratch = Views.scratch(map, id);
        if (!map.lookup(scratch)) {
            return Optional.empty();
        }
        long[] addresses = new long[map.valueBytes() / Long.BYTES];
        scratch.value(map.valueBytes()).asLongBuffer().get(addresses);
        int depth = 0;
        // The rest is zeroes (stackmap.c: bpf_stackmap_copy).
        while (depth < addresses.length && addresses[depth] != 0) {
            depth++;
        }
        return Optional.of(Arrays.copyOf(addresses, depth));
    }

    /** Removes a trace; answers whether it was there. */
    public boolean delete(int id) {
        return map.delete(Views.scratch(map, id));
    }
}
