package io.jbpf.programs;

/**
 * How large an {@link L4Datapath} is.
 *
 * @param firewalls how many firewalls there is room for, 40 bytes each; a firewall itself takes some 18 KB more
 * @param ownFlows how many connections that the filtered sides began are remembered, of all firewalls together; the least
 *     recently used goes first, and is recognised by its socket should it go on. The kernel sets about 130 bytes aside for
 *     each as soon as one firewall's rules refuse anything
 */
public record DatapathOptions(int firewalls, int ownFlows) {
    /** For a node: 2,048 firewalls, 8,192 own connections. */
    public static final DatapathOptions DEFAULTS = new DatapathOptions(2048, 8192);

    /** For one firewall: 1,024 own connections. */
    public static final DatapathOptions SINGLE = new DatapathOptions(1, 1024);

    /** What a slot's number has room for in the name of a stub. */
    private static final int MOST_FIREWALLS = 1 << 16;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if there is no room for a firewall or a connection, or room for more than 65,536
     *     firewalls
     */
    public DatapathOptions {
        if (firewalls < 1 || firewalls > MOST_FIREWALLS) {
            throw new IllegalArgumentException("room for " + firewalls + " firewalls: 1 to " + MOST_FIREWALLS);
        }
        if (ownFlows < 1) {
            throw new IllegalArgumentException("room for " + ownFlows + " own connections: it must be 1 or more");
        }
    }

    /** {@return these options with room for another number of firewalls} */
    public DatapathOptions withFirewalls(int newFirewalls) {
        return new DatapathOptions(newFirewalls, ownFlows);
    }

    /** {@return these options with another size of the table of own connections} */
    public DatapathOptions withOwnFlows(int newOwnFlows) {
        return new DatapathOptions(firewalls, newOwnFlows);
    }
}
