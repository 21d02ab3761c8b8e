package io.jbpf.programs;

import java.util.Optional;

/**
 * How an {@link L4Firewall} is attached.
 *
 * @param hook where to attach; empty for TCX where the kernel has it and clsact otherwise
 * @param name what clsact filters are called, so that a person can see whose they are; unique on an interface
 * @param ownFlows how many connections that the filtered side began are remembered; the least recently used goes first.
 *     The kernel sets about 110 bytes aside for each
 */
public record FirewallOptions(Optional<FirewallHook> hook, String name, int ownFlows) {
    /** TCX or clsact, 4,096 own connections. */
    public static final FirewallOptions DEFAULTS = new FirewallOptions(Optional.empty(), "l4-firewall", 4096);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank or there is no room for a connection
     */
    public FirewallOptions {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the filters' name is blank");
        }
        if (ownFlows < 1) {
            throw new IllegalArgumentException("room for " + ownFlows + " own connections: it must be 1 or more");
        }
    }

    /** {@return these options with a certain hook} */
    public FirewallOptions withHook(FirewallHook newHook) {
        return new FirewallOptions(Optional.of(newHook), name, ownFlows);
    }

    /** {@return these options with another name for clsact filters} */
    public FirewallOptions withName(String newName) {
        return new FirewallOptions(hook, newName, ownFlows);
    }

    /** {@return these options with another size of the table of own connections} */
    public FirewallOptions withOwnFlows(int newOwnFlows) {
        return new FirewallOptions(hook, name, newOwnFlows);
    }
}
