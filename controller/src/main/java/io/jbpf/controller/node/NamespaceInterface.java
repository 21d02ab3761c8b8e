package io.jbpf.controller.node;

import java.net.InetAddress;
import java.util.Set;

/**
 * An interface of a network namespace.
 *
 * @param index its number there
 * @param name such as {@code eth0}
 * @param loopback whether it is the loopback
 * @param up whether it is switched on
 * @param defaultRoute whether a default route leads to it
 * @param addresses it has
 */
public record NamespaceInterface(
        int index, String name, boolean loopback, boolean up, boolean defaultRoute, Set<InetAddress> addresses) {
    /** Keeps a copy of the addresses. */
    public NamespaceInterface {
        addresses = Set.copyOf(addresses);
    }

    @Override
    public String toString() {
        return name + " (" + index + ")";
    }
}
