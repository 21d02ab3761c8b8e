package io.jbpf.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** What the kernel tells of real sockets. */
@KernelTest
class SocketDiagnosisTest {
    @Test
    void showsWhoListensAndWhoIsConnectedToWhom(TestReporter reporter) throws Exception {
        try (TestNetwork network = TestNetwork.create();
                SocketDiagnosis diagnosis = network.right().namespace().call(SocketDiagnosis::open)) {
            for (InetAddress there :
                    List.of(network.left().ipv4(), network.left().ipv6())) {
                try (ServerSocket outside = network.left().listen(9000);
                        ServerSocket listener = network.right().listen(8080);
                        Socket connected = network.right().connect(there, 9000, Duration.ofSeconds(5));
                        DatagramSocket serving = network.right().datagrams(5353);
                        DatagramSocket asking = network.right().datagrams(0)) {
                    asking.connect(there, 9053);
                    List<InetSocket> sockets;
                    try {
                        sockets = diagnosis.sockets();
                    } catch (SystemCallException e) {
                        // A kernel without the modules says so.
                        assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                        KernelSupport.lacks(reporter, "sock_diag of TCP and UDP");
                        return;
                    }
                    assertThat(sockets)
                            .hasSize(4)
                            .extracting(InetSocket::cookie)
                            .doesNotHaveDuplicates();
                    assertThat(named(sockets, listener.getLocalPort()).servesAnyone())
                            .isTrue();
                    assertThat(named(sockets, serving.getLocalPort()).servesAnyone())
                            .isTrue();
                    InetSocket tcp = named(sockets, connected.getLocalPort());
                    assertThat(tcp.protocol()).isEqualTo(InetSocket.Protocol.TCP);
                    assertThat(tcp.state()).isEqualTo(InetSocket.ESTABLISHED);
                    assertThat(tcp.local()).isEqualTo(connected.getLocalAddress());
                    assertThat(tcp.remote()).isEqualTo(there);
                    assertThat(tcp.remotePort()).isEqualTo(9000);
                    InetSocket udp = named(sockets, asking.getLocalPort());
                    assertThat(udp.protocol()).isEqualTo(InetSocket.Protocol.UDP);
                    assertThat(udp.servesAnyone()).isFalse();
                    assertThat(udp.remote()).isEqualTo(there);
                    assertThat(outside.isBound()).isTrue();
                }
            }
        }
    }

    private static InetSocket named(List<InetSocket> sockets, int port) {
        return sockets.stream()
                .filter(socket -> socket.localPort() == port)
                .findFirst()
                .orElseThrow();
    }
}
