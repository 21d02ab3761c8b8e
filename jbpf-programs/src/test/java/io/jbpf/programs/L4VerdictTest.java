package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.testkit.KernelTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The verdict on single packets of every shape, by the kernel's test run of the program. */
@KernelTest
@Tag("l4-firewall")
class L4VerdictTest {
    private static final int NEXT = -1;
    private static final int DROP = 2;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION = 60;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;

    private final L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE);
    private final FirewallSlot slot = datapath.claim(1, true);
    private final FirewallMaps maps = slot.maps();

    @AfterEach
    void close() {
        slot.close();
        datapath.close();
    }

    private int verdict(FirewallRules rules, byte[] frame) {
        maps.put(rules);
        return slot.stubs().ingress().testRun(frame, 1).returned();
    }

    static Stream<Arguments> readable() {
        return Stream.of(
                Arguments.of("IPv4 TCP", Frame.ipv4().tcp(22), true),
                Arguments.of("IPv4 UDP", Frame.ipv4().udp(22), false),
                Arguments.of(
                        "IPv4 with 4 bytes of options", Frame.ipv4(1, 1, 1, 0).tcp(22), true),
                Arguments.of(
                        "IPv4 with 40 bytes of options", Frame.ipv4(new int[40]).udp(22), false),
                Arguments.of("IPv4, first fragment", Frame.ipv4Fragment(0x2000).udp(22), false),
                Arguments.of("IPv4, do not fragment", Frame.ipv4Fragment(0x4000).tcp(22), true),
                Arguments.of("IPv6 TCP", Frame.ipv6().tcp(22), true),
                Arguments.of("IPv6 UDP", Frame.ipv6().udp(22), false),
                Arguments.of(
                        "IPv6 hop-by-hop", Frame.ipv6().extension(HOP_BY_HOP, 8).tcp(22), true),
                Arguments.of("IPv6 routing", Frame.ipv6().extension(ROUTING, 24).udp(22), false),
                Arguments.of(
                        "IPv6 destination",
                        Frame.ipv6().extension(DESTINATION, 16).tcp(22),
                        true),
                Arguments.of(
                        "IPv6 authentication", Frame.ipv6().authentication(24).udp(22), false),
                Arguments.of("IPv6, first fragment", Frame.ipv6().fragment(1).udp(22), false),
                Arguments.of("IPv6, only fragment", Frame.ipv6().fragment(0).tcp(22), true),
                Arguments.of(
                        "IPv6, all of them",
                        Frame.ipv6()
                                .extension(HOP_BY_HOP, 8)
                                .extension(DESTINATION, 8)
                                .extension(ROUTING, 40)
                                .fragment(1)
                                .authentication(16)
                                .extension(DESTINATION, 264)
                                .tcp(22),
                        true),
                Arguments.of("IPv6, eight extension headers", destinations(8).udp(22), false),
                Arguments.of("VLAN", Frame.tagged(Frame.ipv4().tcp(22), VLAN), true),
                Arguments.of("QinQ", Frame.tagged(Frame.ipv6().udp(22), SERVICE_VLAN, VLAN), false));
    }

    private static Frame destinations(int count) {
        Frame frame = Frame.ipv6();
        for (int i = 0; i < count; i++) {
            frame.extension(DESTINATION, 8);
        }
        return frame;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("readable")
    void aPacketIsJudgedByItsPort(String name, Frame frame, boolean tcp) {
        byte[] bytes = frame.bytes();
        assertThat(verdict(rules("", "22", DefaultAction.ALLOW), bytes)).isEqualTo(DROP);
        assertThat(verdict(rules("22", "", DefaultAction.BLOCK), bytes)).isEqualTo(NEXT);
        assertThat(verdict(rules("22", "22", DefaultAction.ALLOW), bytes)).isEqualTo(DROP);
        assertThat(verdict(rules("80", "", DefaultAction.BLOCK), bytes)).isEqualTo(DROP);
        assertThat(verdict(rules("80", "23", DefaultAction.ALLOW), bytes)).isEqualTo(NEXT);
        Traffic all = new Traffic(5, 5L * bytes.length);
        assertThat(maps.stats())
                .isEqualTo(new FirewallStats(
                        new Traffic(2, 2L * bytes.length),
                        new Traffic(3, 3L * bytes.length),
                        tcp ? all : Traffic.NONE,
                        tcp ? Traffic.NONE : all,
                        Traffic.NONE,
                        0,
                        0));
    }

    private static FirewallRules rules(String allowed, String blocked, DefaultAction action) {
        return new FirewallRules(PortSet.parse(allowed), PortSet.parse(blocked), action);
    }

    static Stream<Arguments> unreadable() {
        return Stream.of(
                Arguments.of(
                        "IPv4, later fragment of TCP",
                        Frame.ipv4Fragment(1).tcp(80).bytes()),
                Arguments.of(
                        "IPv4, last fragment of UDP",
                        Frame.ipv4Fragment(0x1fff).udp(80).bytes()),
                Arguments.of("IPv4, TCP header cut", Frame.ipv4().tcp(80).bytes(-1)),
                Arguments.of("IPv4, UDP header cut", Frame.ipv4().udp(80).bytes(-1)),
                Arguments.of("IPv4, TCP ports only", Frame.ipv4().tcp(80).bytes(-16)),
                Arguments.of(
                        "IPv4, header length below 20",
                        with(Frame.ipv4().tcp(80).bytes(), 14, 0x44)),
                Arguments.of(
                        "IPv4 that says it is version 6",
                        with(Frame.ipv4().tcp(80).bytes(), 14, 0x65)),
                Arguments.of(
                        "IPv6 that says it is version 4",
                        with(Frame.ipv6().tcp(80).bytes(), 14, 0x40)),
                Arguments.of(
                        "IPv6, later fragment of UDP",
                        Frame.ipv6().fragment(8).udp(80).bytes()),
                Arguments.of(
                        "IPv6, later fragment of something behind options",
                        Frame.ipv6()
                                .fragment(9)
                                .extension(DESTINATION, 8)
                                .tcp(80)
                                .bytes()),
                Arguments.of(
                        "IPv6, extension header cut",
                        Frame.ipv6().extension(DESTINATION, 8).bytes(-1)),
                Arguments.of(
                        "IPv6, TCP header cut behind an extension",
                        Frame.ipv6().extension(DESTINATION, 8).tcp(80).bytes(-1)),
                Arguments.of(
                        "IPv6, nine extension headers", destinations(9).udp(80).bytes()),
                Arguments.of(
                        "three VLAN tags",
                        Frame.tagged(Frame.ipv4().tcp(80), VLAN, VLAN, VLAN).bytes()));
    }

    private static byte[] with(byte[] frame, int offset, int value) {
        frame[offset] = (byte) value;
        return frame;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unreadable")
    void aPacketWithoutReadablePortIsJudgedByTheDefault(String name, byte[] frame) {
        assertThat(verdict(rules("", "80", DefaultAction.ALLOW), frame)).isEqualTo(NEXT);
        assertThat(verdict(rules("80", "", DefaultAction.BLOCK), frame)).isEqualTo(DROP);
        Traffic one = new Traffic(1, frame.length);
        assertThat(maps.stats())
                .isEqualTo(new FirewallStats(
                        one, one, Traffic.NONE, Traffic.NONE, new Traffic(2, 2L * frame.length), 0, 0));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                Arguments.of("ARP", Frame.of(0x0806, 28)),
                Arguments.of("IPv4 ICMP", Frame.ipv4().then(1, 8)),
                Arguments.of("IPv4 ICMP, later fragment", Frame.ipv4Fragment(1).then(1, 8)),
                Arguments.of("IPv4 SCTP", Frame.ipv4().then(132, 12)),
                Arguments.of("IPv4 GRE", Frame.ipv4().then(47, 8)),
                Arguments.of("IPv4 UDP-Lite", Frame.ipv4().then(136, 8)),
                Arguments.of("IPv6 ICMP", Frame.ipv6().then(58, 8)),
                Arguments.of(
                        "IPv6 ICMP behind options",
                        Frame.ipv6().extension(HOP_BY_HOP, 8).then(58, 8)),
                Arguments.of(
                        "IPv6 ICMP, later fragment", Frame.ipv6().fragment(8).then(58, 8)),
                Arguments.of("IPv6 ESP", Frame.ipv6().then(50, 16)),
                Arguments.of("IPv6 no next header", Frame.ipv6().then(59, 0)),
                Arguments.of("ARP in a VLAN", Frame.tagged(Frame.of(0x0806, 28), VLAN)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void whatIsNeitherTcpNorUdpPassesUncounted(String name, Frame frame) {
        FirewallRules nothing = rules("", "1-65535", DefaultAction.BLOCK);
        assertThat(verdict(nothing, frame.bytes())).isEqualTo(NEXT);
        assertThat(maps.stats()).isEqualTo(FirewallStats.NONE);
    }
}
