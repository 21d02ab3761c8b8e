package io.jbpf.programs;

/** Where in the kernel an {@link L4Firewall} sees the packets of an interface. */
public enum FirewallHook {
    /** Links at the interface's traffic control hook. Linux 6.6. */
    TCX,

    /** Direct-action filters under the interface's clsact queueing discipline, which is made where it is missing. */
    CLSACT
}
