package io.jbpf.programs;

import java.util.BitSet;
import java.util.Collection;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/** A set of TCP and UDP ports, 1 to 65535. Immutable. */
public final class PortSet {
    /** The highest port there is. */
    public static final int MAX = 65_535;

    private static final PortSet EMPTY = new PortSet(new BitSet());

    private final BitSet ports;

    private PortSet(BitSet ports) {
        this.ports = ports;
    }

    /** {@return the set without a port} */
    public static PortSet empty() {
        return EMPTY;
    }

    /**
     * {@return the set of these ports}
     *
     * @throws IllegalArgumentException if one is not in 1 to 65535
     */
    public static PortSet of(int... ports) {
        BitSet set = new BitSet();
        for (int port : ports) {
            set.set(checked(port));
        }
        return new PortSet(set);
    }

    /**
     * {@return the set of these ports}
     *
     * @throws IllegalArgumentException if one is not in 1 to 65535
     */
    public static PortSet of(Collection<Integer> ports) {
        return of(ports.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * {@return the set of all ports from {@code first} to {@code last}, both included}
     *
     * @throws IllegalArgumentException if one is not in 1 to 65535, or the first is above the last
     */
    public static PortSet range(int first, int last) {
        if (checked(first) > checked(last)) {
            throw new IllegalArgumentException("port range " + first + "-" + last + " runs backwards");
        }
        BitSet set = new BitSet();
        set.set(first, last + 1);
        return new PortSet(set);
    }

    /**
     * {@return the ports that a list names}
     *
     * @param list ports and ranges with commas between them: {@code 80,443,8000-8100}; empty for none
     * @throws IllegalArgumentException naming the part that is wrong
     */
    public static PortSet parse(String list) {
        BitSet set = new BitSet();
        if (list.isBlank()) {
            return EMPTY;
        }
        for (String part : list.split(",", -1)) {
            String entry = part.strip();
            int dash = entry.indexOf('-', 1);
            PortSet ports = dash < 0
                    ? of(number(entry))
                    : range(number(entry.substring(0, dash)), number(entry.substring(dash + 1)));
            set.or(ports.ports);
        }
        return new PortSet(set);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a port (a number from 1 to " + MAX + ")", e);
        }
    }

    private static int checked(int port) {
        if (port < 1 || port > MAX) {
            throw new IllegalArgumentException("port " + port + " is out of range (1 to " + MAX + ")");
        }
        return port;
    }

    /** {@return whether the port is in the set} */
    public boolean contains(int port) {
        return port >= 0 && ports.get(port);
    }

    /** {@return whether there is no port in it} */
    public boolean isEmpty() {
        return ports.isEmpty();
    }

    /** {@return the number of ports} */
    public int size() {
        return ports.cardinality();
    }

    /** {@return the ports, ascending} */
    public IntStream stream() {
        return ports.stream();
    }

    /** {@return the ports that are in both} */
    public PortSet intersection(PortSet other) {
        BitSet both = (BitSet) ports.clone();
        both.and(other.ports);
        return new PortSet(both);
    }

    /** {@return the ports that are in either} */
    public PortSet union(PortSet other) {
        BitSet either = (BitSet) ports.clone();
        either.or(other.ports);
        return new PortSet(either);
    }

    /** {@return a copy as a bit set, bit p for port p} */
    BitSet toBitSet() {
        return (BitSet) ports.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortSet set && ports.equals(set.ports);
    }

    @Override
    public int hashCode() {
        return ports.hashCode();
    }

    /** {@return the list as {@link #parse} reads it, neighbours joined: {@code 80,443,8000-8100}} */
    @Override
    public String toString() {
        StringJoiner list = new StringJoiner(",");
        for (int first = ports.nextSetBit(0); first >= 0; ) {
            int end = ports.nextClearBit(first);
            list.add(end - first == 1 ? Integer.toString(first) : first + "-" + (end - 1));
            first = ports.nextSetBit(end);
        }
        return list.toString();
    }
}
