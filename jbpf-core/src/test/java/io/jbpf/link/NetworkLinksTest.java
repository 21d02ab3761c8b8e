package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.NetfilterLink.Hook;
import io.jbpf.object.AttachType;
import io.jbpf.object.ProgramType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.sys.Fd;
import io.jbpf.sys.NativeMemory;
import io.jbpf.sys.SystemCalls;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class NetworkLinksTest {
    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End end = network.right();

    @AfterEach
    void removeAll() {
        network.close();
    }

    private boolean connects() throws IOException {
        try (ServerSocket server = end.listen(0)) {
            network.left()
                    .connect(end.ipv4(), server.getLocalPort(), Duration.ofSeconds(5))
                    .close();
            return true;
        } catch (SocketTimeoutException | SocketException e) {
            return false;
        }
    }

    @Test
    void aLookUpRefusesConnections() throws IOException {
        assertThat(connects()).isTrue();
        try (LinkObject object = LinkObject.load("refuses_lookups")) {
            NetnsLink link = NetnsLink.attach(object.program("refuses_lookups"), end.namespace(), AttachType.SK_LOOKUP);
            assertThat(connects()).isFalse();
            assertThat(object.get("hits")).isPositive();
            assertThat(link.info().details())
                    .isInstanceOfSatisfying(NetnsLink.Info.class, info -> assertThat(info.attachType())
                            .contains(AttachType.SK_LOOKUP));
            LinkObject.checkTypedOpening(link, NetnsLink.class);
            assertThat(connects()).isTrue();
            assertThatThrownBy(() -> NetnsLink.attach(
                            object.program("refuses_lookups"), end.namespace(), AttachType.FLOW_DISSECTOR))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("loaded for this attach type?");
            LinkObject.leavesNoDescriptor(
                    () -> NetnsLink.attach(object.program("refuses_lookups"), end.namespace(), AttachType.SK_LOOKUP)
                            .close());
        }
    }

    @Test
    void aFlowIsDissectedByAProgram() {
        // struct bpf_flow_keys is what a test run answers: thoff, addr_proto, ip_proto
        byte[] frame = new byte[14 + 20 + 8];
        frame[12] = 8;
        frame[14] = 0x45;
        try (LinkObject object = LinkObject.load("dissects")) {
            ByteBuffer keys =
                    object.program("dissects").testRun(frame, 1).data().order(ByteOrder.nativeOrder());
            assertThat(keys.getShort(2) - keys.getShort(0)).isEqualTo(20);
            assertThat(keys.get(9)).isEqualTo((byte) 17);
            object.set("hits", 0);
            // The kernel dissects what a packet socket sends.
            sendFrame(frame);
            assertThat(object.get("hits")).isZero();
            NetnsLink link = NetnsLink.attach(object.program("dissects"), end.namespace(), AttachType.FLOW_DISSECTOR);
            sendFrame(frame);
            assertThat(object.get("hits")).isEqualTo(1);
            assertThat(link.info().details())
                    .isInstanceOfSatisfying(NetnsLink.Info.class, info -> assertThat(info.attachType())
                            .contains(AttachType.FLOW_DISSECTOR));
            link.close();
            sendFrame(frame);
            assertThat(object.get("hits")).isEqualTo(1);
        }
    }

    private void sendFrame(byte[] frame) {
        SystemCalls calls = SystemCalls.host();
        int packet = 17; // AF_PACKET
        int raw = 3; // SOCK_RAW
        int opened = end.namespace().call(() -> calls.socket(packet, raw, 0));
        try (Fd socket = Fd.own(calls, opened, "a packet socket")) {
            // struct sockaddr_ll: family, protocol, interface
            NativeMemory address = NativeMemory.allocate(20);
            address.buffer()
                    .putShort(0, (short) packet)
                    .put(2, (byte) 8)
                    .putInt(4, end.interfaceInfo().index());
            int number = socket.acquire();
            assertThat(calls.bind(number, address.address(), address.size())).isZero();
            NativeMemory bytes = NativeMemory.copyOf(frame);
            assertThat(calls.send(number, bytes.address(), frame.length, 0)).isEqualTo(frame.length);
            socket.release();
        }
    }

    @Test
    void aNetfilterHookDropsPackets(TestReporter reporter) throws IOException {
        if (KernelSupport.isMissing(
                KernelProbes.programType(ProgramType.NETFILTER), "netfilter programs (Linux 6.4)", reporter)) {
            return;
        }
        NetfilterLink.Options in = NetfilterLink.Options.ipv4(Hook.LOCAL_IN, -128);
        try (LinkObject object = LinkObject.load("drops_at_netfilter")) {
            NetfilterLink link = attach(object, in);
            assertThat(Datagrams.arrive(network)).isFalse();
            assertThat(object.get("hits")).isPositive();
            assertThat(link.info().details()).isEqualTo(new NetfilterLink.Info(2, 1, -128, 0));
            assertThatThrownBy(() -> attach(object, in))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("another program has this priority");
            assertThatThrownBy(() -> link.update(object.program("drops_at_netfilter")))
                    .isInstanceOf(UnsupportedFeatureException.class);
            LinkObject.checkTypedOpening(link, NetfilterLink.class);
            assertThat(Datagrams.arrive(network)).isTrue();
            try (Link ipv6 = attach(object, NetfilterLink.Options.ipv6(Hook.LOCAL_IN, 0))) {
                assertThat(Datagrams.arrive(network)).isTrue();
            }
        }
    }

    private NetfilterLink attach(LinkObject object, NetfilterLink.Options options) {
        return end.namespace().call(() -> NetfilterLink.attach(object.program("drops_at_netfilter"), options));
    }
}
