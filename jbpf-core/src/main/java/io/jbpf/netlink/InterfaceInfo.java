package io.jbpf.netlink;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A network interface as it was when the kernel was asked: of the namespace that was asked, where the index alone says
 * which one it is. (The kernel calls it a link; here a link is an attached program.)
 *
 * @param index its number, from 1; {@code ifi_index}
 * @param name such as {@code eth0}; it can change
 * @param kind what made it: {@code veth}, {@code bridge}; nothing for hardware and loopback
 * @param up whether it is switched on ({@code IFF_UP}), whether or not anything is connected
 * @param running whether the kernel has found it connected and lets packets through ({@code IF_OPER_UP}), which it does a
 *     moment after both ends of a veth are up; the loopback and a few drivers never say so
 * @param loopback whether it is the loopback
 * @param mac the link layer address, as {@code 02:fc:00:00:00:01}; nothing where there is none
 * @param mtu the largest packet, in bytes
 * @param peerIndex of a veth: the index of the other end, in the other end's namespace
 * @param peerNamespaceId if the other end, or what it sits on, is in another namespace: the number that this namespace has
 *     for that one ({@code IFLA_LINK_NETNSID}), as {@link Interfaces#namespaceId} tells it; nothing if it is in this one
 */
public record InterfaceInfo(
        int index,
        String name,
        Optional<String> kind,
        boolean up,
        boolean running,
        boolean loopback,
        Optional<String> mac,
        int mtu,
        OptionalInt peerIndex,
        OptionalInt peerNamespaceId) {

    /** {@return name and index: {@code eth0 (2)}} */
    @Override
    public String toString() {
        return name + " (" + index + ")";
    }
}
