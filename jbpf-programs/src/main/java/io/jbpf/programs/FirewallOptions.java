package io.jbpf.programs;

import java.util.Optional;

/**
 * How an {@link L4Firewall} is attached.
 *
 * @param hook where to attach; empty for TCX where the kernel has it and clsact otherwise
 * @param name what clsact filters are called, so that a person can see whose they are; unique on an interface
 * @param ownFlows how many connections that the filtered side began are remembered; the least recently used goes first,
 *     and is recognised by its socket should it go on. The kernel sets about 130 bytes aside for each; where the default
 *     action is to allow, for at most 64, and for none where the rules refuse nothing
 * @param blockedFlows where blocked flows are noted, if anywhere; stays the caller's
 */
public record FirewallOptions(
        Optional<FirewallHook> hook, String name, int ownFlows, Optional<BlockedFlows> blockedFlows) {
    /** TCX or clsact, 1,024 own connections, blocked ones not noted. */
    public static final FirewallOptions DEFAULTS =
            new FirewallOptions(Optional.empty(), "l4-firewall", 1024, Optional.empty());

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
        return new FirewallOptions(Optional.of(newHook), name, ownFlows, blockedFlows);
    }

    /** {@return these options with another name for clsact filters} */
    public FirewallOptions withName(String newName) {
        return new FirewallOptions(hook, newName, ownFlows, blockedFlows);
    }

    /** {@return these options with another size of the table of own connections} */
    public FirewallOptions withOwnFlows(int newOwnFlows) {
        return new FirewallOptions(hook, name, newOwnFlows, blockedFlows);
    }

    /** {@return these options with a table where blocked flows are noted} */
    public FirewallOptions withBlockedFlows(BlockedFlows table) {
        return new FirewallOptions(hook, name, ownFlows, Optional.of(table));
    }
}
