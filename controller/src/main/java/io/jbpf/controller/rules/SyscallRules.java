package io.jbpf.controller.rules;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which system calls are counted.
 *
 * @param names their names; empty means all
 */
public record SyscallRules(SortedSet<String> names) {
    /** Every system call. */
    public static final SyscallRules ALL = new SyscallRules(new TreeSet<>());

    /** Keeps a copy of the names. */
    public SyscallRules {
        names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    }

    /**
     * Rules for some calls.
     *
     * @param names their names; empty means all
     * @return the rules
     */
    public static SyscallRules of(Set<String> names) {
        return new SyscallRules(new TreeSet<>(names));
    }

    /**
     * Whether every system call is counted.
     *
     * @return true if no names are given
     */
    public boolean all() {
        return names.isEmpty();
    }

    /**
     * What is counted where either is asked for.
     *
     * @param other the other rules
     * @return the union
     */
    public SyscallRules or(SyscallRules other) {
        if (all() || other.all()) {
            return ALL;
        }
        SortedSet<String> both = new TreeSet<>(names);
        both.addAll(other.names);
        return new SyscallRules(both);
    }
}
