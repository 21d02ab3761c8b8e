package io.jbpf.controller.demo;

import io.jbpf.netlink.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The addresses of the two ends of the pod's veth pair: a network of four that this machine does not route anywhere yet.
 *
 * @param host the end that is the machine's
 * @param pod the end that is the pod's
 */
record PodAddresses(IpPrefix host, IpPrefix pod) {
    // 198.18.0.0/15 is for tests of networks (RFC 2544), so hardly anybody uses it; 10.0.0.0/8 is the next best.
    private static final List<Network> POOLS = List.of(new Network(0xc6120000, 15), new Network(0x0a000000, 8));
    private static final int ATTEMPTS = 1000;
    private static final int PREFIX = 30;

    /** An IPv4 network: all addresses that have the first bits of this one. */
    record Network(int address, int length) {
        boolean overlaps(Network other) {
            int common = Math.min(length, other.length);
            int mask = common == 0 ? 0 : -1 << (Integer.SIZE - common);
            return (address & mask) == (other.address & mask);
        }
    }

    /** Finds a network that overlaps with no route of the machine but the default one. */
    static PodAddresses choose(RandomGenerator random) {
        return choose(routes(Path.of("/proc/net/route")), random);
    }

    static PodAddresses choose(List<Network> routes, RandomGenerator random) {
        for (Network pool : POOLS) {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                // At random: demonstrations that start at the same time do not see each other's routes yet.
                int inPool = random.nextInt(1 << (PREFIX - pool.length()));
                Network candidate = new Network(pool.address() | inPool << (Integer.SIZE - PREFIX), PREFIX);
                if (routes.stream().noneMatch(candidate::overlaps)) {
                    return new PodAddresses(prefix(candidate.address() + 1), prefix(candidate.address() + 2));
                }
            }
        }
        throw new DemoFailure(
                "Every address in 198.18.0.0/15 and 10.0.0.0/8 is routed on this machine already (ip route);"
                        + " the demonstration needs four that are not.");
    }

    /** Reads the routing table as proc(5) shows it, without default routes. */
    static List<Network> routes(Path table) {
        List<Network> routes = new ArrayList<>();
        try {
            List<String> lines = Files.readAllLines(table);
            for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
                String[] fields = line.split("\\s+", -1);
                int mask = fromKernel(fields[7]);
                if (mask != 0) {
                    routes.add(new Network(fromKernel(fields[1]), Integer.bitCount(mask)));
                }
            }
            return routes;
        } catch (IOException e) {
            throw new DemoFailure("Cannot read the routes from " + table + ": " + Belongings.reason(e), e);
        }
    }

    /** The kernel prints the big-endian number as if it were in the machine's order, little-endian where jbpf runs. */
    private static int fromKernel(String hex) {
        return Integer.reverseBytes(HexFormat.fromHexDigits(hex));
    }

    private static IpPrefix prefix(int address) {
        try {
            byte[] bytes = HexFormat.of().parseHex(HexFormat.of().toHexDigits(address));
            return new IpPrefix(InetAddress.getByAddress(bytes), PREFIX);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
