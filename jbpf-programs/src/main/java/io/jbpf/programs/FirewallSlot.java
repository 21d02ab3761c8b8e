package io.jbpf.programs;

import io.jbpf.error.BpfException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A firewall's place in a datapath: its slot, its maps, and the stubs that lead there. The slot is its own as long as its stubs
 * are loaded; those of one that is pinned are loaded by their pins, so that of a thousand none need be held here.
 */
final class FirewallSlot implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FirewallSlot.class);

    private final SlotClaims claims;
    private final int number;
    private final FirewallMaps maps;
    private Optional<FirewallStubs> stubs;

    FirewallSlot(SlotClaims claims, int number, FirewallStubs stubs, FirewallMaps maps) {
        this.claims = claims;
        this.number = number;
        this.maps = maps;
        this.stubs = Optional.of(stubs);
    }

    int number() {
        return number;
    }

    FirewallMaps maps() {
        return maps;
    }

    /** What is attached; it judges also if it is run by itself. */
    FirewallStubs stubs() {
        return stubs.orElseThrow();
    }

    /** Leaves the stubs to their pins. */
    void leaveStubs() {
        stubs.ifPresent(FirewallStubs::close);
        stubs = Optional.empty();
    }

    /** Holds pinned stubs again, before they are detached, unless somebody has removed their pins. */
    void takeStubs(FirewallPins pins) {
        if (stubs.isEmpty()) {
            try {
                stubs = Optional.of(pins.openStubs());
            } catch (BpfException e) {
                LOG.debug("The slot {} is left as it is for the next who takes it: {}", number, e.getMessage());
            }
        }
    }

    /** Empties the slot and gives it back: its stubs are attached nowhere any more. */
    void free() {
        try {
            // Before the stubs go: as long as they are loaded nobody else takes the slot. Whoever takes it empties it,
            // too.
            if (stubs.isPresent()) {
                maps.clear();
            }
            claims.free(number);
        } finally {
            close();
        }
    }

    /** Lets go of it; what is attached or pinned stays. */
    @Override
    public void close() {
        maps.close();
        leaveStubs();
    }
}
