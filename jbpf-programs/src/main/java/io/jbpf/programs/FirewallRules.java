package io.jbpf.programs;

import java.util.BitSet;

/**
 * Which packets may come in, by the port they are sent to, TCP and UDP alike. A blocked port is refused, also if it is
 * allowed as well; an allowed one passes; about every other, the default action decides.
 *
 * <p>Answers to connections that the filtered side itself began come in whatever the rules say.
 *
 * @param allowed ports that pass
 * @param blocked ports that are refused; they win over allowed ones
 * @param defaultAction what happens to packets to other ports, and to packets whose port cannot be read
 */
public record FirewallRules(PortSet allowed, PortSet blocked, DefaultAction defaultAction) {
    /** {@return rules that let everything pass} */
    public static FirewallRules allowAll() {
        return new FirewallRules(PortSet.empty(), PortSet.empty(), DefaultAction.ALLOW);
    }

    /** {@return the ports that are both allowed and blocked, and therefore blocked} */
    public PortSet overlap() {
        return allowed.intersection(blocked);
    }

    /**
     * {@return whether a packet to the port is refused, if it does not belong to an own connection}
     *
     * @param port 0 to 65535; nobody can name port 0, so the default action decides about it
     */
    public boolean refuses(int port) {
        return blocked.contains(port) || (defaultAction == DefaultAction.BLOCK && !allowed.contains(port));
    }

    /** {@return whether there is any port to which packets are refused} */
    public boolean refusesAny() {
        return !blocked.isEmpty() || defaultAction == DefaultAction.BLOCK;
    }

    /** {@return the verdicts: bit p set means that a packet to port p is refused} */
    BitSet refusedPorts() {
        BitSet refused = new BitSet(PortSet.MAX + 1);
        if (defaultAction == DefaultAction.BLOCK) {
            refused.set(0, PortSet.MAX + 1);
            refused.andNot(allowed.toBitSet());
        }
        refused.or(blocked.toBitSet());
        return refused;
    }
}
