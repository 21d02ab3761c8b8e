package io.jbpf.programs;

import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.netlink.Direction;
import io.jbpf.program.ProgramInfo;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Which slots of a datapath have a firewall. Of one that is pinned, and so may be used by several processes, the kernel's
 * list of programs says it: a slot is taken as long as a stub of it is loaded anywhere, attached, pinned or held. So a
 * process that is killed leaves no claim behind, and no slot is given to another firewall while packets may still come by the
 * former one's hooks. Nobody locks: each loads its stubs first and looks then, and of two that chose the same slot the one
 * whose stubs were there first (program ids ascend) keeps it.
 */
final class SlotClaims {
    /** Loads stubs for a slot. */
    interface Loader {
        FirewallStubs load(int slot);
    }

    /** A slot and its stubs. */
    record Claim(int slot, FirewallStubs stubs) {}

    private static final long FREED_WITHIN_NANOS = 1_000_000_000L;
    private static final long POLL_NANOS = 5_000_000;

    private final int count;
    private final Set<Integer> programArrays;
    private final BitSet taken = new BitSet();
    private int next;

    /**
     * The slots of a datapath.
     *
     * @param count how many there are
     * @param programArrays ids of what its stubs jump through; none if no other process knows the datapath
     */
    SlotClaims(int count, Set<Integer> programArrays) {
        this.count = count;
        this.programArrays = Set.copyOf(programArrays);
    }

    /**
     * Takes a slot for a firewall.
     *
     * @throws BpfException if there is none left, or the kernel refuses the stubs
     */
    synchronized Claim claim(Loader loader) {
        if (programArrays.isEmpty()) {
            int slot = free(taken);
            Claim claim = new Claim(slot, loader.load(slot));
            taken.set(slot);
            return claim;
        }
        BitSet others = new BitSet();
        while (true) {
            if (others.cardinality() >= count) {
                awaitFreed(() -> taken().cardinality() < count);
                others = taken();
            }
            int slot = free(others);
            next = (slot + 1) % count;
            FirewallStubs stubs = loader.load(slot);
            try {
                others = loaded(stubs);
            } catch (RuntimeException e) {
                stubs.close();
                throw e;
            }
            if (!others.get(slot)) {
                return new Claim(slot, stubs);
            }
            stubs.close();
        }
    }

    /** The kernel frees programs a grace period after their last user, and some milliseconds more. */
    private static void awaitFreed(BooleanSupplier freed) {
        long deadline = System.nanoTime() + FREED_WITHIN_NANOS;
        while (!freed.getAsBoolean() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private int free(BitSet not) {
        int slot = not.nextClearBit(next);
        if (slot >= count) {
            slot = not.nextClearBit(0);
        }
        if (slot >= count) {
            throw new BpfException("the datapath has room for " + count
                    + " firewalls, and all are in use; make one with more: DatapathOptions.withFirewalls");
        }
        return slot;
    }

    private BitSet taken() {
        BitSet slots = new BitSet();
        stubs().forEach(stub -> slots.set(FirewallStubs.slot(stub.name()).orElseThrow()));
        return slots;
    }

    private List<ProgramInfo> stubs() {
        return KernelObjects.programs().stream()
                .filter(program -> FirewallStubs.slot(program.name()).isPresent()
                        && program.mapIds().stream().anyMatch(programArrays::contains))
                .toList();
    }

    /** Slots with stubs other than these; in these's own slot only if they were there first. */
    private BitSet loaded(FirewallStubs ours) {
        BitSet slots = new BitSet();
        int first = ours.get(Direction.EGRESS).info().id();
        int second = ours.get(Direction.INGRESS).info().id();
        int own = FirewallStubs.slot(ours.ingress().name()).orElseThrow();
        for (ProgramInfo stub : stubs()) {
            int slot = FirewallStubs.slot(stub.name()).orElseThrow();
            boolean another = stub.id() != first && stub.id() != second;
            if (another && (slot != own || stub.id() < Math.min(first, second))) {
                slots.set(slot);
            }
        }
        return slots;
    }

    /** {@return how many stubs there are, of all processes, when those that are on their way out have gone} */
    int remaining() {
        awaitFreed(() -> stubs().isEmpty());
        return stubs().size();
    }

    /** Gives a slot back whose stubs are provably detached. */
    synchronized void free(int slot) {
        taken.clear(slot);
    }
}
