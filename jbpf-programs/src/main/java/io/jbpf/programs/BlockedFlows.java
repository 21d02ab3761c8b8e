package io.jbpf.programs;

import io.jbpf.error.SystemCallException;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.TypedMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What firewalls have blocked, flow by flow. The kernel adds a packet to the flow that it belongs to; a flow is noted anew
 * at most 64 times a second and CPU for each firewall, and 1,024 of them at a time: what is beyond is counted in {@link
 * FirewallStats#blockedUnreported}. Many firewalls may share one: give it to their {@link FirewallOptions}.
 *
 * <p>Nobody is woken by it: {@link #take} now and then. Closing it frees it when no firewall reports to it any more.
 * Needs CAP_BPF, or CAP_SYS_ADMIN before Linux 5.8. Safe for use by many threads.
 */
public final class BlockedFlows implements AutoCloseable {
    private static final int TCP = 6;

    private static final Codec<BlockedFlow> FLOW = Codec.of(32, (flow, to) -> {}, BlockedFlows::key);
    private static final Codec<Counted> COUNTED =
            Codec.of(24, (counted, to) -> {}, from -> new Counted(from.getLong(), from.getLong(), from.getLong()));

    private record Counted(long firstNanos, long lastNanos, long packets) {}

    private final BpfMap map;
    private final TypedMap<BlockedFlow, Counted> flows;

    private BlockedFlows(BpfMap map) {
        this.map = map;
        this.flows = map.typed(FLOW, COUNTED);
    }

    /**
     * Makes an empty table, of about 110 KiB of kernel memory.
     *
     * @throws SystemCallException if the kernel refuses: ENOMEM if the memory cgroup has no room for it
     */
    public static BlockedFlows create() {
        return new BlockedFlows(BpfMap.create(Bytecode.L4_FIREWALL
                .spec()
                .map("blocked_flows")
                .inner()
                .orElseThrow()
                .withoutTypes()
                .withName("jbpf_blocked")));
    }

    /**
     * Takes up the table that is pinned at a path, or makes one and pins it there, so that firewalls which outlive this
     * process go on reporting to it.
     *
     * @param pin a path in a bpffs
     * @throws SystemCallException if the kernel refuses
     */
    public static BlockedFlows pinned(Path pin) {
        if (Files.exists(pin)) {
            return new BlockedFlows(BpfMap.openPinned(pin));
        }
        BlockedFlows made = create();
        try {
            made.map.pin(pin);
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /**
     * Takes out what was noted since the last call. A packet that comes meanwhile is in this list or begins a flow of the
     * next one; before Linux 5.14, which takes entries out in one step, one that comes between may be missing in both.
     *
     * @return the flows, in no order
     * @throws SystemCallException if the kernel refuses
     */
    public List<BlockedFlow> take() {
        Instant now = Instant.now();
        // CLOCK_MONOTONIC, as bpf_ktime_get_ns has it.
        long nanos = System.nanoTime();
        return flows.drain().entrySet().stream()
                .map(entry -> new BlockedFlow(
                        entry.getKey().firewall(),
                        entry.getKey().source(),
                        entry.getKey().port(),
                        entry.getKey().tcp(),
                        now.plusNanos(entry.getValue().firstNanos() - nanos),
                        now.plusNanos(entry.getValue().lastNanos() - nanos),
                        entry.getValue().packets()))
                .toList();
    }

    private static BlockedFlow key(ByteBuffer from) {
        long firewall = from.getLong();
        byte[] source = new byte[16];
        from.get(source);
        int port = Short.toUnsignedInt(from.slice().order(ByteOrder.BIG_ENDIAN).getShort());
        boolean tcp = from.get(from.position() + Short.BYTES) == TCP;
        return new BlockedFlow(firewall, Flow.address(source), port, tcp, Instant.EPOCH, Instant.EPOCH, 0);
    }

    /** The table, for a firewall to report to. */
    BpfMap map() {
        return map;
    }

    /** Lets go of the table. Firewalls that report to it go on doing so. */
    @Override
    public void close() {
        map.close();
    }
}
