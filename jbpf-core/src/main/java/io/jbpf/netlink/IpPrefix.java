package io.jbpf.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * An IP address with the length of its network's prefix, as in {@code 10.1.2.3/24} or {@code fd00::1/64}.
 *
 * @param address IPv4 or IPv6
 * @param length of the prefix in bits: at most 32 or 128
 */
public record IpPrefix(InetAddress address, int length) {
    // Only what InetAddress takes for a literal: anything else it would look up in the DNS.
    private static final Pattern LITERAL =
            Pattern.compile("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*");

    /** Checks the length. */
    public IpPrefix {
        int longest = address.getAddress().length * 8;
        if (length < 0 || length > longest) {
            throw new IllegalArgumentException("/" + length + " is no prefix length of " + address.getHostAddress()
                    + ": 0 to " + longest + " are");
        }
    }

    /**
     * Reads {@code 10.1.2.3/24} or {@code fd00::1/64}. Never asks the DNS.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        if (slash >= 0 && LITERAL.matcher(literal).matches()) {
            try {
                return new IpPrefix(InetAddress.getByName(literal), Integer.parseInt(text.substring(slash + 1)));
            } catch (UnknownHostException | NumberFormatException e) {
                throw new IllegalArgumentException("'" + text + "' is not an address with a prefix length", e);
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not an address with a prefix length, such as 10.1.2.3/24 or fd00::1/64");
    }

    /** {@return whether it is IPv4} */
    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }
}
