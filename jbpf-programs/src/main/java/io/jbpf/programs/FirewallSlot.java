package io.jbpf.programs;

import io.jbpf.netlink.Direction;
import io.jbpf.program.BpfProgram;

/** A firewall's place in a datapath: its slot, its maps, and the stubs that lead there. */
final class FirewallSlot implements AutoCloseable {
    private final SlotClaims claims;
    private final int number;
    private final FirewallStubs stubs;
    private final FirewallMaps maps;

    FirewallSlot(SlotClaims claims, int number, FirewallStubs stubs, FirewallMaps maps) {
        this.claims = claims;
        this.number = number;
        this.stubs = stubs;
        this.maps = maps;
    }

    int number() {
        return number;
    }

    FirewallMaps maps() {
        return maps;
    }

    /** What is attached in a direction; it judges also if it is run by itself. */
    BpfProgram stub(Direction direction) {
        return stubs.get(direction);
    }

    FirewallStubs stubs() {
        return stubs;
    }

    /** Empties the slot and gives it back: its stubs are attached nowhere any more. */
    void free() {
        try {
            // Before the stubs go: as long as they are loaded nobody else takes the slot.
            maps.clear();
            claims.free(number);
        } finally {
            close();
        }
    }

    /** Lets go of it; what is attached or pinned stays. */
    @Override
    public void close() {
        maps.close();
        stubs.close();
    }
}
