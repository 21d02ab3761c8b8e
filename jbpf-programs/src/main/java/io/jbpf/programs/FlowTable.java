package io.jbpf.programs;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The table of own flows of l4_firewall.bpf.c: {@code struct flow_state} by a number made of the flow. */
final class FlowTable {
    private static final int FLOW_ESTABLISHED = 2;
    private static final int FLOW_UDP = 4;

    /** Of key_of() in l4_firewall.bpf.c: one for each word of a flow, but the last, the firewall's id. */
    private static final long[] FACTORS = {
        0x9e6c63d0876a3f6bL, 0xb5ad4eceda1ce2a9L, 0xd1342543de82ef95L, 0xaf251af3b0f025b5L, 0xf1357aea2e62a9c5L, 1
    };

    private final BpfMap map;
    private final TypedMap<Long, Entry> entries;

    /** {@code struct flow_state}; the time is of CLOCK_MONOTONIC, as {@code bpf_ktime_get_ns} has it. */
    private record Entry(long seenNanos, int state, Flow flow) {
        static final Codec<Entry> CODEC = Codec.of(Flow.BYTES + 16, Entry::encode, Entry::decode);

        private void encode(ByteBuffer to) {
            to.putLong(seenNanos).putInt(state).putInt(0);
            Flow.CODEC.encode(flow, to);
        }

        private static Entry decode(ByteBuffer from) {
            long seenNanos = from.getLong();
            int state = from.getInt();
            from.getInt();
            return new Entry(seenNanos, state, Flow.CODEC.decode(from));
        }
    }

    /** A view; the map stays its owner's. */
    FlowTable(BpfMap map) {
        this.map = map;
        entries = map.typed(Codec.u64(), Entry.CODEC);
    }

    /** Tells of flows that have begun already; of as many as there is room for. */
    void begin(Iterable<Flow> flows) {
        int room = map.info().maxEntries();
        for (Flow flow : flows) {
            if (room-- == 0) {
                return;
            }
            entries.put(key(flow), new Entry(System.nanoTime(), flow.isTcp() ? FLOW_ESTABLISHED : FLOW_UDP, flow));
        }
    }

    /** {@return the flows of a firewall} */
    List<Flow> of(long firewall) {
        return entries.entries().values().stream()
                .map(Entry::flow)
                .filter(flow -> flow.firewall() == firewall)
                .toList();
    }

    /** Forgets one. */
    void remove(Flow flow) {
        entries.delete(key(flow));
    }

    /** key_of() in l4_firewall.bpf.c. */
    private static long key(Flow flow) {
        ByteBuffer words = flow.bytes().duplicate().order(ByteOrder.nativeOrder());
        long key = 0;
        for (int i = 0; i < FACTORS.length; i++) {
            key += words.getLong(i * Long.BYTES) * FACTORS[i];
        }
        return key;
    }
}
