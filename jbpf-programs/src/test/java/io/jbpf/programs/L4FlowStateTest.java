package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whose flow it is, told by real sockets that were there before the rules, or outlived their entry. */
@KernelTest
class L4FlowStateTest {
    private static final FirewallRules NOTHING =
            new FirewallRules(PortSet.empty(), PortSet.empty(), DefaultAction.BLOCK);
    private static final FirewallRules ONLY_SERVED =
            new FirewallRules(PortSet.of(8080, 5353), PortSet.empty(), DefaultAction.BLOCK);
    private static final FirewallRules NOT_SERVED =
            new FirewallRules(PortSet.empty(), PortSet.of(8080, 5353), DefaultAction.ALLOW);

    private static final int DROP = 2;

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration NEVER = Duration.ofMillis(250);

    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End client = network.left();
    private final TestNetwork.End pod = network.right();
    private final List<Closeable> sockets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Closeable socket : sockets) {
            socket.close();
        }
        network.close();
    }

    private <T extends Closeable> T kept(T socket) {
        sockets.add(socket);
        return socket;
    }

    private L4Firewall attach(FirewallHook hook, FirewallRules rules, int ownFlows) {
        L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE.withOwnFlows(ownFlows));
        kept((Closeable) datapath::close);
        return attach(datapath, hook, rules, FirewallOptions.DEFAULTS);
    }

    private L4Firewall attach(FirewallHook hook, FirewallRules rules, FirewallOptions options) {
        L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE);
        kept((Closeable) datapath::close);
        return attach(datapath, hook, rules, options);
    }

    private L4Firewall attach(L4Datapath datapath, FirewallHook hook, FirewallRules rules, FirewallOptions options) {
        return pod.namespace().call(() -> datapath.attach(rules, options.withHook(hook), List.of(pod.interfaceInfo())));
    }

    private static InetAddress address(TestNetwork.End end, int family) {
        return family == 4 ? end.ipv4() : end.ipv6();
    }

    /** One conversation; bytes that go either way. */
    private interface Conversation {
        boolean reachesThePod(Duration patience) throws IOException;

        void podSends() throws IOException;
    }

    private record Tcp(Socket outside, Socket inside) implements Conversation {
        @Override
        public boolean reachesThePod(Duration patience) throws IOException {
            outside.getOutputStream().write(1);
            inside.setSoTimeout((int) patience.toMillis());
            try {
                return inside.getInputStream().read() == 1;
            } catch (SocketTimeoutException cut) {
                return false;
            }
        }

        @Override
        public void podSends() throws IOException {
            // Nobody acknowledges it once the way in is cut: from then on the kernel repeats it.
            inside.getOutputStream().write(2);
        }
    }

    private record Udp(DatagramSocket outside, DatagramSocket inside, InetSocketAddress podSide)
            implements Conversation {
        @Override
        public boolean reachesThePod(Duration patience) throws IOException {
            outside.send(new DatagramPacket(new byte[] {1}, 1, podSide));
            return received(inside, patience);
        }

        @Override
        public void podSends() throws IOException {
            InetAddress to = outside.getLocalAddress();
            inside.send(new DatagramPacket(new byte[] {2}, 1, to, outside.getLocalPort()));
            assertThat(received(outside, SOON)).isTrue();
        }
    }

    private static boolean received(DatagramSocket socket, Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        try {
            socket.receive(new DatagramPacket(new byte[2000], 2000));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private DatagramSocket bound(TestNetwork.End end, int family, int port) throws IOException {
        return kept(end.namespace().call(() -> new DatagramSocket(port, address(end, family))));
    }

    private Tcp inboundTcp(int family, ServerSocket server) throws IOException {
        Socket outside = kept(client.connect(address(pod, family), server.getLocalPort(), SOON));
        return new Tcp(outside, kept(server.accept()));
    }

    private Tcp outboundTcp(int family, ServerSocket outsideServer) throws IOException {
        Socket inside = kept(pod.connect(address(client, family), outsideServer.getLocalPort(), SOON));
        return new Tcp(kept(outsideServer.accept()), inside);
    }

    /** The client has written to a socket of the pod that serves anyone, and has had an answer. */
    private Udp inboundUdp(int family, DatagramSocket server) throws IOException {
        Udp udp = new Udp(
                bound(client, family, 0), server, new InetSocketAddress(address(pod, family), server.getLocalPort()));
        assertThat(udp.reachesThePod(SOON)).isTrue();
        udp.podSends();
        return udp;
    }

    private Udp outboundUdp(int family) throws IOException {
        DatagramSocket outside = bound(client, family, 0);
        DatagramSocket inside = bound(pod, family, 0);
        inside.connect(address(client, family), outside.getLocalPort());
        Udp udp = new Udp(outside, inside, new InetSocketAddress(address(pod, family), inside.getLocalPort()));
        udp.podSends();
        return udp;
    }

    private static void assertCut(List<? extends Conversation> conversations) throws IOException {
        for (Conversation each : conversations) {
            each.podSends();
            assertThat(each.reachesThePod(NEVER))
                    .as("%s is cut though the pod sends", each)
                    .isFalse();
        }
    }

    private static void assertLive(List<? extends Conversation> conversations) throws IOException {
        for (Conversation each : conversations) {
            assertThat(each.reachesThePod(SOON)).as("%s lives", each).isTrue();
            each.podSends();
            assertThat(each.reachesThePod(SOON)).as("%s still lives", each).isTrue();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void whatCameInBeforeTheAttachIsCutThoughThePodSendsAndWhatThePodBeganLives(FirewallHook hook, int family)
            throws Exception {
        ServerSocket server = kept(pod.listen(8080));
        ServerSocket outsideServer = kept(client.listen(9000));
        List<Conversation> inbound = List.of(inboundTcp(family, server), inboundUdp(family, bound(pod, family, 5353)));
        List<Conversation> outbound = List.of(outboundTcp(family, outsideServer), outboundUdp(family));
        try (L4Firewall firewall = attach(hook, NOTHING, 64)) {
            assertCut(inbound);
            assertLive(outbound);
            // The listener's end does not make a stranger's connection the pod's own.
            server.close();
            assertCut(inbound.subList(0, 1));
            assertThat(firewall.stats().flowsLost()).isZero();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void aPortThatIsBlockedLaterCutsWhatCameInThoughThePodSends(FirewallHook hook, int family) throws Exception {
        ServerSocket server = kept(pod.listen(8080));
        ServerSocket outsideServer = kept(client.listen(9000));
        DatagramSocket udpServer = bound(pod, family, 5353);
        try (L4Firewall firewall = attach(hook, ONLY_SERVED, 64)) {
            List<Conversation> inbound = List.of(inboundTcp(family, server), inboundUdp(family, udpServer));
            List<Conversation> outbound = List.of(outboundTcp(family, outsideServer), outboundUdp(family));
            firewall.update(NOTHING);
            assertCut(inbound);
            assertLive(outbound);
            firewall.update(NOT_SERVED);
            assertCut(inbound);
            assertLive(outbound);
            firewall.update(FirewallRules.allowAll());
            for (Conversation each : inbound) {
                assertThat(each.reachesThePod(SOON)).isTrue();
            }
            firewall.update(NOTHING);
            assertCut(inbound.subList(1, 2));
            assertLive(outbound);
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void anEvictedFlowIsRecognisedByItsSocket(FirewallHook hook, int family) throws Exception {
        ServerSocket server = kept(pod.listen(8080));
        ServerSocket outsideServer = kept(client.listen(9000));
        Tcp inbound = inboundTcp(family, server);
        Udp inboundUdp = inboundUdp(family, bound(pod, family, 5353));
        try (L4Firewall firewall = attach(hook, NOTHING, 8)) {
            List<Conversation> outbound = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                outbound.add(outboundTcp(family, outsideServer));
                outbound.add(outboundUdp(family));
            }
            assertThat(firewall.ownFlows()).hasSizeLessThan(300);
            for (Conversation each : outbound) {
                assertThat(each.reachesThePod(SOON)).isTrue();
            }
            assertCut(List.of(inbound, inboundUdp));
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void aFlowThatTimedOutIsRecognisedByItsSocket(FirewallHook hook, int family) throws Exception {
        ServerSocket outsideServer = kept(client.listen(9000));
        L4Datapath datapath = L4Datapath.create(DatapathOptions.SINGLE);
        kept((Closeable) datapath::close);
        try (L4Firewall firewall = attach(datapath, hook, NOTHING, FirewallOptions.DEFAULTS)) {
            List<Conversation> outbound = List.of(outboundTcp(family, outsideServer), outboundUdp(family));
            assertThat(firewall.ownFlows()).hasSize(2);
            L4FlowTimeoutTest.setBack(datapath.tables().get(0), Duration.ofDays(1));
            for (Conversation each : outbound) {
                assertThat(each.reachesThePod(SOON)).isTrue();
            }
            assertLive(outbound);
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void whoeverAnswersFromOrToGuessedPortsGetsNothingIn(FirewallHook hook, int family) throws Exception {
        ServerSocket server = kept(pod.listen(8080));
        ServerSocket outsideServer = kept(client.listen(9000));
        bound(pod, family, 5353);
        Tcp own = outboundTcp(family, outsideServer);
        try (L4Firewall firewall = attach(hook, NOTHING, 64)) {
            int remote = 9000;
            int local = own.inside().getLocalPort();
            for (int flags : new int[] {Frame.SYN, Frame.ACK, Frame.SYN | Frame.ACK, Frame.RST, Frame.FIN, 0}) {
                for (int[] ports : new int[][] {{remote, 8080}, {remote, local + 1}, {remote - 1, local}, {0, 8080}}) {
                    byte[] forged = Frame.between(address(client, family), address(pod, family))
                            .tcp(ports[0], ports[1], flags)
                            .bytes();
                    int verdict = pod.namespace()
                            .call(() -> firewall.ingress().testRun(forged, 1).returned());
                    assertThat(verdict).as("flags %x, ports %s", flags, ports).isEqualTo(DROP);
                }
            }
            DatagramSocket stranger = bound(client, family, 0);
            DatagramSocket asked = bound(client, family, 0);
            DatagramSocket asking = bound(pod, family, 0);
            asking.send(new DatagramPacket(new byte[1], 1, address(client, family), asked.getLocalPort()));
            assertThat(received(asked, SOON)).isTrue();
            InetAddress to = address(pod, family);
            stranger.send(new DatagramPacket(new byte[1], 1, to, asking.getLocalPort()));
            stranger.send(new DatagramPacket(new byte[1], 1, to, 5353));
            assertThat(received(asking, NEVER)).isFalse();
            asked.send(new DatagramPacket(new byte[1], 1, to, asking.getLocalPort()));
            assertThat(received(asking, SOON)).isTrue();
            assertThat(server.isBound()).isTrue();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void laterFragmentsFollowTheFirst(FirewallHook hook, int family) throws Exception {
        DatagramSocket served = bound(pod, family, 5353);
        DatagramSocket other = bound(pod, family, 5354);
        DatagramSocket outside = bound(client, family, 0);
        byte[] large = new byte[4000];
        try (L4Firewall firewall = attach(hook, ONLY_SERVED, 64)) {
            outside.send(new DatagramPacket(large, large.length, address(pod, family), 5353));
            assertThat(received(served, SOON)).isTrue();
            outside.send(new DatagramPacket(large, large.length, address(pod, family), 5354));
            assertThat(received(other, NEVER)).isFalse();
            assertThat(firewall.stats().allowed().packets()).isEqualTo(3);
            assertThat(firewall.stats().blocked().packets()).isEqualTo(3);
            assertThat(firewall.stats().udp().packets()).isEqualTo(6);

            // The port's, not the default action: these are dropped to the last.
            firewall.update(NOT_SERVED);
            outside.send(new DatagramPacket(large, large.length, address(pod, family), 5353));
            outside.send(new DatagramPacket(large, large.length, address(pod, family), 5354));
            assertThat(received(other, SOON)).isTrue();
            assertThat(firewall.stats().blocked().packets()).isEqualTo(6);
            assertThat(firewall.stats().unreadable()).isEqualTo(Traffic.NONE);
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void tellsWhatItBlocked(FirewallHook hook, int family) throws Exception {
        try (BlockedFlows blocked = BlockedFlows.create();
                L4Firewall firewall = attach(hook, NOT_SERVED, FirewallOptions.DEFAULTS.withBlockedFlows(blocked))) {
            DatagramSocket outside = bound(client, family, 0);
            for (int i = 0; i < 1000; i++) {
                outside.send(new DatagramPacket(new byte[1], 1, address(pod, family), i < 5 ? 8080 : 5353));
            }
            Waits.until(() -> firewall.stats().blocked().packets() == 1000);
            List<BlockedFlow> flows = blocked.take();
            assertThat(flows).hasSize(2).allSatisfy(flow -> {
                assertThat(flow.source()).isEqualTo(address(client, family));
                assertThat(flow.firewall()).isEqualTo(firewall.id());
                assertThat(flow.tcp()).isFalse();
                assertThat(flow.first()).isBeforeOrEqualTo(flow.last());
                assertThat(Duration.between(flow.first(), Instant.now()).toSeconds())
                        .isBetween(0L, 60L);
            });
            assertThat(flows)
                    .extracting(BlockedFlow::port, BlockedFlow::packets)
                    .containsExactlyInAnyOrder(tuple(8080, 5L), tuple(5353, 995L));
            assertThat(blocked.take()).isEmpty();
            assertThat(firewall.stats().blockedUnreported()).isZero();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void countsWhatItDoesNotTell(FirewallHook hook, int family) {
        FirewallRules lots = new FirewallRules(PortSet.empty(), PortSet.range(1, 2000), DefaultAction.ALLOW);
        try (BlockedFlows blocked = BlockedFlows.create();
                L4Firewall firewall = attach(hook, lots, FirewallOptions.DEFAULTS.withBlockedFlows(blocked))) {
            for (int port = 1; port <= 2000; port++) {
                byte[] frame = Frame.between(address(client, family), address(pod, family))
                        .tcp(40_000, port, Frame.SYN)
                        .bytes();
                assertThat(firewall.ingress().testRun(frame, 1).returned()).isEqualTo(DROP);
            }
            long told = blocked.take().stream().mapToLong(BlockedFlow::packets).sum();
            assertThat(firewall.stats().blocked().packets()).isEqualTo(2000);
            assertThat(told).isPositive().isLessThan(2000);
            assertThat(told + firewall.stats().blockedUnreported()).isEqualTo(2000);
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void thereIsNoTableWhereNothingIsRefused(FirewallHook hook, int family) throws Exception {
        ServerSocket outsideServer = kept(client.listen(9000));
        try (L4Firewall firewall = attach(hook, FirewallRules.allowAll(), 64)) {
            Tcp own = outboundTcp(family, outsideServer);
            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(firewall::ownFlows);
            firewall.update(NOTHING);
            assertLive(List.of(own, outboundTcp(family, outsideServer)));
            assertThat(firewall.ownFlows()).hasSize(2);
            firewall.update(FirewallRules.allowAll());
            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(firewall::ownFlows);
        }
    }
}
