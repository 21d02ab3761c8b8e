package io.jbpf.programs;

import java.util.Optional;

/**
 * How an {@link L4Firewall} is attached.
 *
 * @param hook where to attach; empty for TCX where the kernel has it and clsact otherwise
 * @param name what clsact filters are called, so that a person can see whose they are; unique on an interface
 * @param blockedFlows where blocked flows are noted, if anywhere; stays the caller's
 * @param counts what its counts begin with, if not with nothing; stays the caller's
 */
public record FirewallOptions(
        Optional<FirewallHook> hook, String name, Optional<BlockedFlows> blockedFlows, Optional<CarriedCounts> counts) {
    /** TCX or clsact, blocked flows not noted. */
    public static final FirewallOptions DEFAULTS =
            new FirewallOptions(Optional.empty(), "l4-firewall", Optional.empty(), Optional.empty());

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the name is blank
     */
    public FirewallOptions {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the filters' name is blank");
        }
    }

    /** {@return these options with a certain hook} */
    public FirewallOptions withHook(FirewallHook newHook) {
        return new FirewallOptions(Optional.of(newHook), name, blockedFlows, counts);
    }

    /** {@return these options with another name for clsact filters} */
    public FirewallOptions withName(String newName) {
        return new FirewallOptions(hook, newName, blockedFlows, counts);
    }

    /** {@return these options with a table where blocked flows are noted} */
    public FirewallOptions withBlockedFlows(BlockedFlows table) {
        return new FirewallOptions(hook, name, Optional.of(table), counts);
    }

    /** {@return these options with counts of a firewall of the same datapath, to go on with} */
    public FirewallOptions withCounts(CarriedCounts former) {
        return new FirewallOptions(hook, name, blockedFlows, Optional.of(former));
    }
}
