package io.jbpf.programs;

import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.netlink.Direction;
import io.jbpf.program.ProgramInfo;
import java.util.BitSet;
import java.util.OptionalInt;
import java.util.Set;

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
            int slot = free(others);
            next = (slot + 1) % count;
            FirewallStubs stubs = loader.load(slot);
            try {
                others.or(loaded(stubs));
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

    /** Slots with stubs other than these; in these's own slot only if they were there first. */
    private BitSet loaded(FirewallStubs ours) {
        BitSet slots = new BitSet();
        int first = ours.get(Direction.EGRESS).info().id();
        int second = ours.get(Direction.INGRESS).info().id();
        int own = FirewallStubs.slot(ours.ingress().name()).orElseThrow();
        for (ProgramInfo program : KernelObjects.programs()) {
            OptionalInt slot = FirewallStubs.slot(program.name());
            boolean another = program.id() != first && program.id() != second;
            if (slot.isPresent() && another && program.mapIds().stream().anyMatch(programArrays::contains)) {
                if (slot.getAsInt() != own || program.id() < Math.min(first, second)) {
                    slots.set(slot.getAsInt());
                }
            }
        }
        return slots;
    }

    /** {@return how many stubs there are, of all processes} */
    int stubs() {
        return (int) KernelObjects.programs().stream()
                .filter(program -> FirewallStubs.slot(program.name()).isPresent()
                        && program.mapIds().stream().anyMatch(programArrays::contains))
                .count();
    }

    /** Gives a slot back whose stubs are provably detached. */
    synchronized void free(int slot) {
        taken.clear(slot);
    }
}
