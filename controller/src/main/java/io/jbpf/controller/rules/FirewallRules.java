package io.jbpf.controller.rules;

import io.jbpf.controller.crd.DefaultAction;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which packets pass, by destination port as the pod sees it.
 *
 * @param allowed ports that pass
 * @param blocked ports that do not; wins over {@code allowed}
 * @param defaultAction what becomes of every other packet
 */
public record FirewallRules(SortedSet<Integer> allowed, SortedSet<Integer> blocked, DefaultAction defaultAction) {
    /** Keeps copies of the sets. */
    public FirewallRules {
        allowed = Collections.unmodifiableSortedSet(new TreeSet<>(allowed));
        blocked = Collections.unmodifiableSortedSet(new TreeSet<>(blocked));
    }

    /**
     * Rules from any sets.
     *
     * @param allowed ports that pass
     * @param blocked ports that do not
     * @param defaultAction what becomes of the rest
     * @return the rules
     */
    public static FirewallRules of(Set<Integer> allowed, Set<Integer> blocked, DefaultAction defaultAction) {
        return new FirewallRules(new TreeSet<>(allowed), new TreeSet<>(blocked), defaultAction);
    }

    /**
     * Whether a packet to a port passes.
     *
     * @param port the destination port
     * @return the verdict
     */
    public boolean passes(int port) {
        return !blocked.contains(port) && (allowed.contains(port) || defaultAction == DefaultAction.ALLOW);
    }

    /**
     * Ports that are in both lists. They are blocked.
     *
     * @return the ports, ascending
     */
    public SortedSet<Integer> overlap() {
        SortedSet<Integer> both = new TreeSet<>(allowed);
        both.retainAll(blocked);
        return both;
    }

    /**
     * The rules under which a packet passes where it passes under both.
     *
     * @param other the other rules
     * @return their conjunction, exact for every port and for what has none
     */
    public FirewallRules and(FirewallRules other) {
        SortedSet<Integer> refused = new TreeSet<>(blocked);
        refused.addAll(other.blocked);
        boolean bothAllow = defaultAction == DefaultAction.ALLOW && other.defaultAction == DefaultAction.ALLOW;
        SortedSet<Integer> named = new TreeSet<>(allowed);
        named.addAll(other.allowed);
        named.removeIf(port -> !passes(port) || !other.passes(port));
        return new FirewallRules(named, refused, bothAllow ? DefaultAction.ALLOW : DefaultAction.BLOCK);
    }
}
