package io.jbpf.map;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.object.MapType;
import java.util.Optional;

/**
 * A queue (first in, first out) or a stack (last in, first out) in Java values. Linux 4.20. Owns nothing; works while its
 * {@link BpfMap} is open.
 *
 * @param <V> the element
 */
public final class QueueMap<V> {
    /** {@code BPF_EXIST}, which for these types means: drop the oldest if it is full (queue_stack_maps.c). */
    private static final long DROP_OLDEST = 2;

    private final BpfMap map;
    private final Codec<V> values;

    QueueMap(BpfMap map, Codec<V> values) {
        Views.requireType(map, "queue or stack", MapType.QUEUE, MapType.STACK);
        Views.requireValue(map, values);
        this.map = map;
        this.values = values;
    }

    /** Puts an element in; answers false if it is full. */
    public boolean push(V value) {
        int result = push(value, 0);
        if (result == -Errno.E2BIG.number()) {
            return false;
        }
        check(result);
        return true;
    }

    /** Puts an element in; if it is full, the oldest goes. */
    public void pushDroppingOldest(V value) {
        check(push(value, DROP_OLDEST));
    }

    /** Takes out the next element; nothing if it is empty. */
    public Optional<V> pop() {
        Scratch scratch = map.scratch();
        return map.take(scratch) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
    }

    /** {@return the next element, which stays; nothing if it is empty} */
    public Optional<V> peek() {
        Scratch scratch = map.scratch();
        return map.lookup(scratch) ? Optional.of(values.decode(scratch.value(values.size()))) : Optional.empty();
    }

    private int push(V value, long flags) {
        Scratch scratch = map.scratch();
        values.encode(value, Views.zeroed(scratch.value(values.size())));
        return map.tryUpdate(0, scratch.valueAddress(), flags);
    }

    private void check(int result) throws SystemCallException {
        if (result < 0) {
            throw map.refused(new Errno(-result), 0, "push onto", "bpf(BPF_MAP_UPDATE_ELEM)");
        }
    }
}
