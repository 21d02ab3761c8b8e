package io.jbpf.map;

import io.jbpf.error.BpfException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A key of an LPM trie: {@code struct bpf_lpm_trie_key}, a prefix length in native order and an address in network order.
 *
 * @param address IPv4 or IPv6; bits behind the prefix do not count
 * @param length bits of the prefix: at most 32 or 128
 */
public record LpmPrefix(InetAddress address, int length) {
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    /** Checks the length. */
    public LpmPrefix {
        int longest = address.getAddress().length * Byte.SIZE;
        if (length < 0 || length > longest) {
            throw new IllegalArgumentException("/" + length + " is no prefix length of " + address.getHostAddress()
                    + ": 0 to " + longest + " are");
        }
    }

    /** {@return the prefix that is one address} */
    public static LpmPrefix of(InetAddress address) {
        return new LpmPrefix(address, address.getAddress().length * Byte.SIZE);
    }

    /** {@return keys of 8 bytes, of IPv4} */
    public static Codec<LpmPrefix> ipv4() {
        return codec(IPV4_BYTES);
    }

    /** {@return keys of 20 bytes, of IPv6} */
    public static Codec<LpmPrefix> ipv6() {
        return codec(IPV6_BYTES);
    }

    private static Codec<LpmPrefix> codec(int addressBytes) {
        return Codec.of(
                Integer.BYTES + addressBytes,
                (prefix, to) -> {
                    byte[] address = prefix.address.getAddress();
                    if (address.length != addressBytes) {
                        throw new IllegalArgumentException(prefix + " in a trie of "
                                + (addressBytes == IPV4_BYTES ? "IPv4" : "IPv6") + " addresses");
                    }
                    to.putInt(prefix.length).put(address);
                },
                from -> read(from, addressBytes));
    }

    private static LpmPrefix read(ByteBuffer from, int addressBytes) {
        int length = from.getInt();
        byte[] address = new byte[addressBytes];
        from.get(address);
        try {
            // Not getByAddress of InetAddress: it makes IPv4 of ::ffff:1.2.3.4.
            InetAddress read = addressBytes == IPV4_BYTES
                    ? Inet4Address.getByAddress(address)
                    : Inet6Address.getByAddress(null, address, -1);
            return new LpmPrefix(read, length);
        } catch (UnknownHostException e) {
            throw new BpfException("an address of " + addressBytes + " bytes", e);
        }
    }

    /** {@return the prefix as in {@code 10.0.0.0/8}} */
    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }
}
