package io.jbpf.netlink;

import java.net.InetAddress;

/**
 * A TCP or UDP socket, as {@link SocketDiagnosis} shows it.
 *
 * @param protocol what it speaks
 * @param state its state in the kernel's numbers, see the constants here
 * @param local its address; all zeroes for any. One of IPv4 is an {@link java.net.Inet4Address}, also if the socket is of
 *     IPv6
 * @param localPort its port
 * @param remote whom it is connected to; all zeroes if to nobody
 * @param remotePort the other's port; 0 if it is not connected
 * @param cookie the kernel's number for it, of no other socket until the next boot: what {@code bpf_get_socket_cookie}
 *     tells programs
 */
public record InetSocket(
        Protocol protocol,
        int state,
        InetAddress local,
        int localPort,
        InetAddress remote,
        int remotePort,
        long cookie) {
    /** {@code TCP_ESTABLISHED}; of UDP: connected. */
    public static final int ESTABLISHED = 1;

    /** {@code TCP_CLOSE}; of UDP: bound, and not connected. */
    public static final int CLOSE = 7;

    /** {@code TCP_LISTEN}. */
    public static final int LISTEN = 10;

    /** What a socket speaks. */
    public enum Protocol {
        /** {@code IPPROTO_TCP}. */
        TCP(6),

        /** {@code IPPROTO_UDP}. */
        UDP(17);

        private final int number;

        Protocol(int number) {
            this.number = number;
        }

        /** {@return its number in IP headers} */
        public int number() {
            return number;
        }
    }

    /** {@return whether it takes what anybody sends to its port: a listener, or a UDP socket that is not connected} */
    public boolean servesAnyone() {
        return state == (protocol == Protocol.TCP ? LISTEN : CLOSE);
    }
}
