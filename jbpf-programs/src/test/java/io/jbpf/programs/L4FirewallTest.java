package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.ForeignFilters;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real traffic between two network namespaces; the firewall is on the right end, "the pod". */
@KernelTest
class L4FirewallTest {
    private static final FirewallRules BLOCK_22 =
            new FirewallRules(PortSet.of(80), PortSet.of(22), DefaultAction.ALLOW);
    private static final FirewallRules ONLY_80 =
            new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK);
    private static final FirewallRules NOTHING =
            new FirewallRules(PortSet.empty(), PortSet.empty(), DefaultAction.BLOCK);

    private static final Duration SOON = Duration.ofSeconds(5);

    /** Long enough for a veth, and shorter than the first repetition of a SYN. */
    private static final Duration NEVER = Duration.ofMillis(300);

    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End client = network.left();
    private final TestNetwork.End pod = network.right();

    @AfterEach
    void close() {
        network.close();
    }

    private L4Firewall attach(FirewallHook hook, FirewallRules rules) {
        return pod.namespace()
                .call(() -> L4Firewall.attach(
                        rules, FirewallOptions.DEFAULTS.withHook(hook), List.of(pod.interfaceInfo())));
    }

    private static InetAddress address(TestNetwork.End end, int family) {
        return family == 4 ? end.ipv4() : end.ipv6();
    }

    private boolean connects(int family, int port) throws IOException {
        try (Socket socket = client.connect(address(pod, family), port, NEVER)) {
            return socket.isConnected();
        } catch (SocketTimeoutException dropped) {
            return false;
        }
    }

    private static void send(DatagramSocket from, InetAddress to, int port, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        from.send(new DatagramPacket(bytes, bytes.length, to, port));
    }

    /** The next datagram, or an empty text if none comes in time. */
    private static String receive(DatagramSocket socket, Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        try {
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "";
        }
    }

    private SentPackets sent() {
        try {
            return SentPackets.by(client);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void aBlockedPortIsDroppedAndAnAllowedOnePasses(FirewallHook hook, int family) throws Exception {
        try (L4Firewall firewall = attach(hook, BLOCK_22);
                ServerSocket http = pod.listen(80);
                ServerSocket ssh = pod.listen(22);
                DatagramSocket udp80 = pod.datagrams(80);
                DatagramSocket udp22 = pod.datagrams(22);
                DatagramSocket from = client.datagrams(0)) {
            assertThat(firewall.hook()).isEqualTo(hook);
            assertThat(connects(family, 80)).isTrue();
            assertThat(connects(family, 22)).isFalse();
            send(from, address(pod, family), 80, "in");
            assertThat(receive(udp80, SOON)).isEqualTo("in");
            send(from, address(pod, family), 22, "out");
            assertThat(receive(udp22, NEVER)).isEmpty();
            FirewallStats stats = firewall.stats();
            assertThat(stats.blocked().packets()).isEqualTo(2);
            assertThat(stats.allowed().packets() + stats.blocked().packets())
                    .isEqualTo(stats.tcp().packets() + stats.udp().packets());
            assertThat(http.isBound() && ssh.isBound()).isTrue();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void countsEveryPacketAsTheWireCarriesIt(FirewallHook hook, int family) throws Exception {
        try (L4Firewall firewall = attach(hook, BLOCK_22);
                ServerSocket http = pod.listen(80);
                DatagramSocket udp = pod.datagrams(80);
                DatagramSocket from = client.datagrams(0)) {
            SentPackets before = sent();
            for (int i = 0; i < 1000; i++) {
                send(from, address(pod, family), i % 4 == 0 ? 22 : 80, "x".repeat(100));
            }
            connects(family, 22);
            byte[] chunk = new byte[1 << 20];
            try (Socket sender = client.connect(address(pod, family), 80, SOON);
                    Socket receiver = http.accept()) {
                Thread writer = new Thread(() -> {
                    try {
                        sender.getOutputStream().write(chunk);
                        sender.shutdownOutput();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                writer.start();
                assertThat(receiver.getInputStream().readAllBytes()).hasSize(chunk.length);
                writer.join();
            }
            Waits.until(() -> agree(firewall.stats(), sent().minus(before)));

            FirewallStats stats = firewall.stats();
            SentPackets account = sent().minus(before);
            assertThat(account.udp()).isEqualTo(1000);
            assertThat(stats.udp()).isEqualTo(new Traffic(1000, 1000L * (14 + (family == 4 ? 20 : 40) + 8 + 100)));
            assertThat(stats.blocked().packets()).isGreaterThanOrEqualTo(251);
            assertThat(stats.allowed().plus(stats.blocked()))
                    .isEqualTo(stats.tcp().plus(stats.udp()));
            assertThat(stats.tcp().bytes()).isGreaterThan(chunk.length);
            // The megabyte went through the veth in bundles, and was counted in segments nevertheless.
            assertThat(account.frames()).isLessThan(account.tcp() + account.udp());
            assertThat(udp.isBound()).isTrue();
        }
    }

    private static boolean agree(FirewallStats stats, SentPackets account) {
        return stats.tcp().packets() == account.tcp() && stats.udp().packets() == account.udp();
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void answersToOwnConnectionsComeInUnderDefaultBlock(FirewallHook hook, int family) throws Exception {
        try (L4Firewall firewall = attach(hook, NOTHING);
                ServerSocket outside = client.listen(9000);
                DatagramSocket resolver = client.datagrams(9053);
                DatagramSocket stranger = client.datagrams(0);
                DatagramSocket own = pod.datagrams(0)) {
            try (Socket socket = pod.connect(address(client, family), 9000, SOON);
                    Socket accepted = outside.accept()) {
                accepted.getOutputStream().write(42);
                assertThat(socket.getInputStream().read()).isEqualTo(42);
            }
            send(own, address(client, family), 9053, "question");
            assertThat(receive(resolver, SOON)).isEqualTo("question");
            send(resolver, address(pod, family), own.getLocalPort(), "answer");
            assertThat(receive(own, SOON)).isEqualTo("answer");
            send(stranger, address(pod, family), own.getLocalPort(), "guess");
            assertThat(receive(own, NEVER)).isEmpty();
            assertThat(firewall.stats().flowsLost()).isZero();
        }
    }

    @ParameterizedTest(name = "{0}, IPv{1}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#andFamilies")
    void anInboundConnectionIsCutWhenItsPortIsBlockedThoughThePodGoesOnSending(FirewallHook hook, int family)
            throws Exception {
        try (L4Firewall firewall = attach(hook, ONLY_80);
                ServerSocket http = pod.listen(80);
                Socket sender = client.connect(address(pod, family), 80, SOON);
                Socket receiver = http.accept();
                DatagramSocket udp = pod.datagrams(80);
                DatagramSocket from = client.datagrams(0)) {
            sender.getOutputStream().write(1);
            assertThat(receiver.getInputStream().read()).isEqualTo(1);
            send(from, address(pod, family), 80, "hello");
            assertThat(receive(udp, SOON)).isEqualTo("hello");

            firewall.update(new FirewallRules(PortSet.empty(), PortSet.of(80), DefaultAction.ALLOW));
            assertThat(firewall.rules().blocked()).isEqualTo(PortSet.of(80));
            receiver.getOutputStream().write(2);
            assertThat(sender.getInputStream().read()).isEqualTo(2);
            send(udp, address(client, family), from.getLocalPort(), "still here");
            assertThat(receive(from, SOON)).isEqualTo("still here");

            sender.getOutputStream().write(3);
            receiver.setSoTimeout((int) NEVER.toMillis());
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> receiver.getInputStream().read());
            send(from, address(pod, family), 80, "again");
            assertThat(receive(udp, NEVER)).isEmpty();

            firewall.update(ONLY_80);
            receiver.setSoTimeout((int) SOON.toMillis());
            assertThat(receiver.getInputStream().read()).isEqualTo(3);
        }
    }

    @ParameterizedTest(name = "{0}")
    @Tag("l4-firewall")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void someoneElsesFilterStaysAndStillDropsWhatWeAccept(FirewallHook hook) throws Exception {
        FirewallRules theirs = new FirewallRules(PortSet.empty(), PortSet.of(7000), DefaultAction.ALLOW);
        try (L4Datapath foreign = L4Datapath.create(DatapathOptions.SINGLE);
                FirewallSlot slot = foreign.claim(1, true);
                RouteSocket socket = pod.routeSocket();
                DatagramSocket at7000 = pod.datagrams(7000);
                DatagramSocket at8000 = pod.datagrams(8000);
                DatagramSocket from = client.datagrams(0)) {
            slot.maps().put(theirs);
            ForeignFilters.addDiscipline(socket, pod.interfaceInfo(), "clsact");
            ForeignFilters.addBpf(
                    socket,
                    pod.interfaceInfo(),
                    Direction.INGRESS,
                    100,
                    1,
                    "theirs",
                    slot.stubs().ingress().fd());
            List<TcFilter> before = ingressFilters(socket);
            assertThat(before).hasSize(1);
            try (L4Firewall firewall = attach(hook, FirewallRules.allowAll())) {
                assertThat(ingressFilters(socket)).containsAll(before).hasSize(hook == FirewallHook.TCX ? 1 : 2);
                assertThat(firewall.filtersBefore()).isEmpty();
                send(from, pod.ipv4(), 8000, "passes both");
                assertThat(receive(at8000, SOON)).isEqualTo("passes both");
                send(from, pod.ipv4(), 7000, "passes ours");
                assertThat(receive(at7000, NEVER)).isEmpty();
                assertThat(firewall.stats().allowed().packets()).isEqualTo(2);
            }
            assertThat(ingressFilters(socket)).isEqualTo(before);
            send(from, pod.ipv4(), 7000, "dropped by theirs");
            assertThat(receive(at7000, NEVER)).isEmpty();
        }
    }

    private List<TcFilter> ingressFilters(RouteSocket socket) {
        return socket.clsact(pod.interfaceInfo(), Direction.INGRESS).filters();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void closingOpensWhatWasBlockedAndMayBeDoneTwice(FirewallHook hook) throws Exception {
        try (ServerSocket ssh = pod.listen(22)) {
            L4Firewall firewall = attach(hook, BLOCK_22);
            try (firewall) {
                assertThat(connects(4, 22)).isFalse();
            }
            firewall.close();
            assertThat(connects(4, 22)).isTrue();
            assertThat(ssh.isBound()).isTrue();
        }
    }

    @Test
    @Tag("l4-firewall")
    void refusesTcxWhereTheKernelHasNone(TestReporter reporter) {
        if (KernelProbes.link(LinkFeature.TCX).isSupported()) {
            try (L4Firewall firewall = attach(FirewallHook.TCX, BLOCK_22)) {
                assertThat(firewall.hook()).isEqualTo(FirewallHook.TCX);
            }
            return;
        }
        assertThatExceptionOfType(UnsupportedFeatureException.class)
                .isThrownBy(() -> attach(FirewallHook.TCX, BLOCK_22))
                .withMessageContaining("6.6");
        KernelSupport.lacks(reporter, "TCX links (Linux 6.6)");
    }

    @Test
    @Tag("l4-firewall")
    void findsTheHookThatTheKernelHas() {
        try (L4Firewall firewall = pod.namespace().call(() -> L4Firewall.attach(BLOCK_22, pod.interfaceInfo()))) {
            assertThat(firewall.hook()).isIn(Arrays.asList(FirewallHook.values()));
            assertThat(firewall.rules()).isEqualTo(BLOCK_22);
        }
    }

    @Test
    void pingAndItsLikePassAndAreNotCounted() throws Exception {
        try (L4Firewall firewall = attach(FirewallHook.CLSACT, NOTHING)) {
            boolean reachable = client.namespace().call(() -> pod.ipv4().isReachable((int) SOON.toMillis()));
            assertThat(reachable).isTrue();
            assertThat(firewall.stats().tcp()).isEqualTo(Traffic.NONE);
        }
    }

    @Test
    void refusesToAttachToNothing() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> L4Firewall.attach(BLOCK_22))
                .withMessage("no interface to attach to");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> FirewallOptions.DEFAULTS.withName(" "))
                .withMessageContaining("blank");
    }
}
