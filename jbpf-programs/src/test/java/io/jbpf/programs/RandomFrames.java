package io.jbpf.programs;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Packets and rules at random, from few addresses, ports and ids, so that what belongs together often meets. */
final class RandomFrames {
    private static final int[] PORTS = {0, 1, 7, 22, 53, 80, 443, 8080, 32_768, 40_000, 65_535};
    private static final int[] FLAGS = {Frame.SYN, Frame.SYN | Frame.ACK, Frame.ACK, Frame.RST, Frame.FIN | Frame.ACK, 0
    };
    private static final int[] TAGS = {0x8100, 0x88a8};
    private static final int[] EXTENSIONS = {0, 43, 60};

    private final Random random;
    private boolean outgoing;

    RandomFrames(Random random) {
        this.random = random;
    }

    private int any(int... of) {
        return of[random.nextInt(of.length)];
    }

    private boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    FirewallRules rules() {
        if (oneIn(12)) {
            return FirewallRules.allowAll();
        }
        return new FirewallRules(ports(), ports(), oneIn(2) ? DefaultAction.ALLOW : DefaultAction.BLOCK);
    }

    private PortSet ports() {
        if (oneIn(8)) {
            int first = random.nextInt(PortSet.MAX) + 1;
            return PortSet.range(first, first + random.nextInt(PortSet.MAX + 1 - first));
        }
        return PortSet.of(
                IntStream.of(PORTS).filter(port -> port > 0 && oneIn(3)).toArray());
    }

    /** {@return whether the packet that came last goes out} */
    boolean isOutgoing() {
        return outgoing;
    }

    byte[] next() {
        outgoing = oneIn(4);
        if (oneIn(50)) {
            return Frame.of(any(0x0806, 0x88cc, 0x0000), random.nextInt(40)).bytes(random.nextInt(60));
        }
        List<Integer> hosts = outgoing ? List.of(1, 2 + random.nextInt(2)) : List.of(2 + random.nextInt(2), 1);
        Frame frame = oneIn(2) ? ipv4(hosts) : ipv6(hosts);
        if (oneIn(4)) {
            frame = Frame.tagged(
                    frame,
                    IntStream.range(0, 1 + random.nextInt(3))
                            .map(i -> any(TAGS))
                            .toArray());
        }
        byte[] bytes = frame.bytes(oneIn(3) ? random.nextInt(1400) : random.nextInt(40));
        if (oneIn(8)) {
            bytes = Arrays.copyOf(bytes, 14 + random.nextInt(bytes.length - 13));
        }
        if (oneIn(20) && bytes.length > 14) {
            bytes[14 + random.nextInt(bytes.length - 14)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private Frame ipv4(List<Integer> hosts) {
        Frame frame = Frame.between(address(4, hosts.get(0)), address(4, hosts.get(1)), new int[any(0, 0, 4, 8, 40)]);
        if (oneIn(4)) {
            int offset = oneIn(3) ? 0 : 1 + random.nextInt(20);
            frame.fragmented(random.nextInt(6), offset | (oneIn(3) ? 0 : 0x2000) | (oneIn(9) ? 0x4000 : 0));
        }
        return transport(frame);
    }

    private Frame ipv6(List<Integer> hosts) {
        Frame frame = Frame.between(address(6, hosts.get(0)), address(6, hosts.get(1)));
        int extensions = oneIn(3) ? random.nextInt(11) : 0;
        for (int i = 0; i < extensions; i++) {
            extension(frame);
        }
        return transport(frame);
    }

    private void extension(Frame frame) {
        if (oneIn(2)) {
            int offset = oneIn(3) ? 0 : (1 + random.nextInt(20)) * 8;
            frame.fragment(offset | (oneIn(3) ? 0 : 1), random.nextInt(6));
        } else if (oneIn(4)) {
            frame.authentication(any(12, 16, 24));
        } else {
            frame.extension(any(EXTENSIONS), any(8, 16, 40, 264));
        }
    }

    private Frame transport(Frame frame) {
        return switch (random.nextInt(10)) {
            case 0 -> frame.then(any(1, 58, 132, 47, 59, 255), random.nextInt(20));
            case 1, 2, 3, 4 -> frame.udp(any(PORTS), any(PORTS));
            default -> frame.tcp(any(PORTS), any(PORTS), any(FLAGS));
        };
    }

    private static InetAddress address(int family, int host) {
        byte[] bytes = new byte[family == 4 ? 4 : 16];
        bytes[0] = (byte) (family == 4 ? 198 : 0xfd);
        bytes[1] = 18;
        bytes[bytes.length - 1] = (byte) host;
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
