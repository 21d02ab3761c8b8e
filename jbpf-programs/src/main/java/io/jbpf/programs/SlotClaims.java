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
 * whose stubs were there first (program ids ascend) keeps it. Of a node with a thousand firewalls only what was loaded since
 * the last look is looked at; slots that were freed meanwhile are found when there seem to be no others.
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

    /** Up to which id programs have been looked at; those of them that are stubs, or were, are in {@link #taken}. */
    private int lookedAt;

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
        while (true) {
            if (taken.cardinality() >= count) {
                awaitFreed(() -> lookAtAll().cardinality() < count);
            }
            int slot = free(taken);
            next = (slot + 1) % count;
            FirewallStubs stubs = loader.load(slot);
            boolean first;
            try {
                first = isFirst(stubs, slot);
            } catch (RuntimeException e) {
                stubs.close();
                throw e;
            }
            taken.set(slot);
            if (first) {
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

    private BitSet lookAtAll() {
        taken.clear();
        lookedAt = 0;
        stubsAfter(0).forEach(this::note);
        return taken;
    }

    private void note(ProgramInfo stub) {
        taken.set(FirewallStubs.slot(stub.name()).orElseThrow());
        lookedAt = Math.max(lookedAt, stub.id());
    }

    private List<ProgramInfo> stubsAfter(int id) {
        return KernelObjects.programsAfter(id).stream()
                .filter(program -> FirewallStubs.slot(program.name()).isPresent()
                        && program.mapIds().stream().anyMatch(programArrays::contains))
                .toList();
    }

    /** Looks at the stubs that are new; answers whether no others were in the slot of these before them. */
    private boolean isFirst(FirewallStubs ours, int slot) {
        int egress = ours.get(Direction.EGRESS).info().id();
        int ingress = ours.get(Direction.INGRESS).info().id();
        int older = Math.min(egress, ingress);
        // After the highest there can be the lowest comes again.
        List<ProgramInfo> stubs = stubsAfter(older < lookedAt ? 0 : lookedAt);
        boolean first = true;
        for (ProgramInfo stub : stubs) {
            boolean another = stub.id() != egress && stub.id() != ingress;
            first &= !another || FirewallStubs.slot(stub.name()).orElseThrow() != slot || stub.id() > older;
            note(stub);
        }
        return first;
    }

    /** {@return how many stubs there are, of all processes, when those that are on their way out have gone} */
    int remaining() {
        awaitFreed(() -> stubsAfter(0).isEmpty());
        return stubsAfter(0).size();
    }

    /** Gives a slot back whose stubs are provably detached. */
    synchronized void free(int slot) {
        // Of one that others may have, the kernel's list says it.
        if (programArrays.isEmpty()) {
            taken.clear(slot);
        }
    }
}
