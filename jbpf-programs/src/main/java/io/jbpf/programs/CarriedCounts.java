package io.jbpf.programs;

import io.jbpf.map.BpfMap;

/**
 * The counts of a firewall, held so that another goes on with them: {@link FirewallOptions#withCounts}. As long as both are
 * attached both count here, each packet once, and {@link L4Firewall#stats} of both tell all of it.
 */
public final class CarriedCounts implements AutoCloseable {
    private final BpfMap map;

    /** Owns the map from now on. */
    CarriedCounts(BpfMap map) {
        this.map = map;
    }

    BpfMap map() {
        return map;
    }

    /** Lets go of them. What a firewall goes on with stays. */
    @Override
    public void close() {
        map.close();
    }
}
