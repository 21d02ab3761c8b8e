package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The packet table on real devices, for what the kernel's test run does not model: tags in vlan_tci, frames cut short at
 * each byte, packets that are not linear, packets without an Ethernet header. Each packet under each rule set, by the
 * counters.
 */
@KernelTest
class L4PacketTableTest {
    private static final List<FirewallRules> RULES = List.of(
            new FirewallRules(PortSet.empty(), PortSet.of(22), DefaultAction.ALLOW),
            new FirewallRules(PortSet.of(22), PortSet.empty(), DefaultAction.BLOCK),
            new FirewallRules(PortSet.of(22), PortSet.of(22), DefaultAction.ALLOW),
            new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK),
            new FirewallRules(PortSet.of(80), PortSet.of(23), DefaultAction.ALLOW));

    /** Follows each packet, so that one which is not counted can be told from one that is not there yet. */
    private static final byte[] LAST = Frame.ipv4().udp(9).bytes(0);

    private static final int ETHERNET_BYTES = 14;

    @Test
    void isATableOfAtLeastAHundredAndFiftyPackets() {
        assertThat(PacketTable.all())
                .hasSizeGreaterThan(150)
                .extracting(PacketTable.Entry::name)
                .doesNotHaveDuplicates();
    }

    private static L4Firewall attach(FirewallHook hook, InterfaceInfo to) {
        return L4Firewall.attach(RULES.get(0), FirewallOptions.DEFAULTS.withHook(hook), List.of(to));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void throughAVeth(FirewallHook hook) {
        try (TestNetwork network = TestNetwork.create();
                RawDevice wire = network.left()
                        .namespace()
                        .call(() -> RawDevice.veth(network.left().interfaceInfo()));
                L4Firewall firewall = network.right()
                        .namespace()
                        .call(() -> attach(hook, network.right().interfaceInfo()))) {
            judge(firewall, wire, PacketTable.all().stream(), frame -> frame);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void throughATunWithoutEthernetHeaders(FirewallHook hook) {
        onDevice(
                hook,
                "jbpftun",
                RawDevice::tun,
                (firewall, device) -> judge(
                        firewall,
                        device,
                        // A tun tells IPv4 from IPv6 by the first byte: it must be there, and right.
                        PacketTable.all().stream().filter(PacketTable.Entry::isIp),
                        frame -> Arrays.copyOfRange(frame, ETHERNET_BYTES, frame.length)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void whereNothingButTheEthernetHeaderIsLinear(FirewallHook hook) {
        onDevice(
                hook,
                "jbpftap",
                RawDevice::nonLinearTap,
                (firewall, device) -> judge(
                        firewall,
                        device,
                        PacketTable.all().stream()
                                .filter(entry -> entry.isIp() && entry.kind() != PacketModel.Kind.UNREADABLE),
                        frame -> Arrays.copyOf(frame, 5000)));
    }

    private interface Opening {
        RawDevice open(String name);
    }

    private interface Use {
        void with(L4Firewall firewall, RawDevice device);
    }

    private static void onDevice(FirewallHook hook, String name, Opening opening, Use use) {
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            namespace.call(() -> {
                try (RawDevice device = opening.open(name);
                        RouteSocket route = RouteSocket.open()) {
                    InterfaceInfo there = route.interfaces().get(name);
                    route.interfaces().setUp(there);
                    try (L4Firewall firewall = attach(hook, there)) {
                        use.with(firewall, device);
                    }
                }
                return 0;
            });
        }
    }

    private static void judge(
            L4Firewall firewall, RawDevice device, Stream<PacketTable.Entry> packets, UnaryOperator<byte[]> shape) {
        List<PacketTable.Entry> all = packets.toList();
        byte[] last = shape.apply(LAST);
        for (FirewallRules rules : RULES) {
            firewall.update(rules);
            for (PacketTable.Entry entry : all) {
                byte[] frame = shape.apply(entry.frame());
                FirewallStats before = firewall.stats();
                device.send(frame);
                device.send(last);
                FirewallStats one = counted(entry, rules, frame.length);
                FirewallStats two = one.plus(verdict(!rules.refuses(9), PacketModel.Kind.UDP, last.length));
                long patience = System.nanoTime() + 5_000_000_000L;
                while (packets(firewall.stats().minus(before)) < packets(two) && System.nanoTime() < patience) {
                    Thread.onSpinWait();
                }
                assertThat(firewall.stats().minus(before))
                        .as("%s under %s", entry, rules)
                        .isEqualTo(two);
            }
        }
    }

    private static long packets(FirewallStats stats) {
        return stats.allowed().packets() + stats.blocked().packets();
    }

    private static FirewallStats counted(PacketTable.Entry entry, FirewallRules rules, int length) {
        boolean passes = entry.kind() == PacketModel.Kind.UNREADABLE
                ? rules.defaultAction() == DefaultAction.ALLOW
                : !rules.refuses(PacketTable.PORT);
        // The first tag is in vlan_tci by now.
        return verdict(passes, entry.kind(), entry.isTagged() ? length - 4 : length);
    }

    private static FirewallStats verdict(boolean passes, PacketModel.Kind kind, int length) {
        if (kind == PacketModel.Kind.OTHER) {
            return FirewallStats.NONE;
        }
        Traffic one = new Traffic(1, length);
        return new FirewallStats(
                passes ? one : Traffic.NONE,
                passes ? Traffic.NONE : one,
                kind == PacketModel.Kind.TCP ? one : Traffic.NONE,
                kind == PacketModel.Kind.UDP ? one : Traffic.NONE,
                kind == PacketModel.Kind.UNREADABLE ? one : Traffic.NONE,
                0,
                0);
    }
}
