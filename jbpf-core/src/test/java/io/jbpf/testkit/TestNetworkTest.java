package io.jbpf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@KernelTest
class TestNetworkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Test
    void theTwoEndsTalkTcpOverBothFamilies() throws IOException {
        try (TestNetwork network = TestNetwork.create();
                ServerSocket server = network.right().listen(8080)) {
            for (InetAddress address :
                    List.of(network.right().ipv4(), network.right().ipv6())) {
                try (Socket client = network.left().connect(address, 8080, PATIENCE);
                        Socket accepted = server.accept()) {
                    client.getOutputStream().write(42);
                    assertThat(accepted.getInputStream().read()).isEqualTo(42);
                }
            }
            assertThatThrownBy(() -> network.left().connect(network.right().ipv4(), 81, PATIENCE))
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void twoNetworksDoNotMeet() {
        try (TestNetwork one = TestNetwork.create();
                TestNetwork two = TestNetwork.create()) {
            assertThat(one.left().namespace().isSameAs(two.left().namespace())).isFalse();
            assertThat(one.right().ipv4()).isNotEqualTo(two.right().ipv4());
        }
    }

    @Test
    void aNetworkFromHereIsReachedFromHereAndGoneAfterwards() throws IOException {
        InterfaceInfo interfaceInfo;
        try (RouteSocket here = RouteSocket.open()) {
            List<InterfaceInfo> before = here.interfaces().list();
            try (TestNetwork network = TestNetwork.fromHere();
                    NetworkNamespace current = NetworkNamespace.current();
                    ServerSocket server = network.right().listen(8080);
                    Socket client = new Socket(network.right().ipv6(), 8080)) {
                interfaceInfo = network.left().interfaceInfo();
                assertThat(network.left().namespace().isSameAs(current)).isTrue();
                assertThat(here.interfaces().get(interfaceInfo.name()).index()).isEqualTo(interfaceInfo.index());
                assertThat(client.isConnected()).isTrue();
                assertThat(server.isBound()).isTrue();
            }
            assertThat(here.interfaces().find(interfaceInfo.name())).isEmpty();
            assertThat(here.interfaces().list()).hasSameSizeAs(before);
        }
    }
}
