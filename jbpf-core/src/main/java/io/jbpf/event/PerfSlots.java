package io.jbpf.event;

import io.jbpf.map.BpfMap;
import io.jbpf.sys.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where programs find the perf event of their CPU: the slots of a map. */
interface PerfSlots extends AutoCloseable {
    /** {@return how many there are} */
    int count();

    /** Puts an event into the slot of its CPU, in place of another. */
    void put(int cpu, Fd event);

    /** Empties a slot. The slot holds the event: only then is it gone. */
    void clear(int cpu);

    @Override
    void close();

    /** {@return the slots of a map, which is closed with them} */
    static PerfSlots of(BpfMap map) {
        return new PerfSlots() {
            @Override
            public int count() {
                return map.info().maxEntries();
            }

            @Override
            public void put(int cpu, Fd event) {
                map.putDescriptor(cpu, event);
            }

            @Override
            public void clear(int cpu) {
                boolean unused = map.delete(ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putInt(0, cpu));
            }

            @Override
            public void close() {
                map.close();
            }
        };
    }
}
