package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.AttachedPrograms.Entry;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Two namespaces joined by a netkit pair, the primary side in the first. */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class NetkitLinkTest {
    private static final String PRIMARY = "198.19.255.1";
    private static final String PEER = "198.19.255.2";

    private final NetworkNamespace first = NetworkNamespace.create();
    private final NetworkNamespace second = NetworkNamespace.create();

    @AfterEach
    void removeAll() {
        first.close();
        second.close();
    }

    private boolean isMissing(TestReporter reporter) {
        if (!KernelSupport.isMissing(KernelProbes.link(LinkFeature.NETKIT), "netkit (Linux 6.7)", reporter)) {
            return false;
        }
        try (RouteSocket socket = first.call(RouteSocket::open);
                LinkObject object = LinkObject.load("drops_at_netkit")) {
            assertThatThrownBy(() -> socket.interfaces().createNetkit("nk0", "nk1", second))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EOPNOTSUPP))
                    .hasMessageContaining("create netkit pair 'nk0' and 'nk1'");
            assertThatThrownBy(() -> NetkitLink.attach(object.program("drops_at_netkit"), 1, AttachType.NETKIT_PRIMARY))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("6.7");
            assertThatThrownBy(() -> AttachedPrograms.ofNetkit(1, AttachType.NETKIT_PRIMARY))
                    .isInstanceOf(UnsupportedFeatureException.class);
        }
        return true;
    }

    /** Makes the pair; answers the index of the primary side. */
    private int createPair() {
        try (RouteSocket here = first.call(RouteSocket::open);
                RouteSocket there = second.call(RouteSocket::open)) {
            InterfaceInfo primary = here.interfaces().createNetkit("nk0", "nk1", second);
            setUp(here.interfaces(), "nk0", PRIMARY);
            setUp(there.interfaces(), "nk1", PEER);
            Waits.until(() -> here.interfaces().get("nk0").running());
            return primary.index();
        }
    }

    private static void setUp(Interfaces interfaces, String name, String address) {
        InterfaceInfo which = interfaces.get(name);
        interfaces.addAddress(which, IpPrefix.parse(address + "/30"));
        interfaces.setUp(which);
    }

    private static boolean arrives(NetworkNamespace from, NetworkNamespace to, String address) throws IOException {
        try (DatagramSocket inside = to.call(() -> new DatagramSocket(0));
                DatagramSocket outside = from.call(() -> new DatagramSocket(0))) {
            inside.setSoTimeout(250);
            outside.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName(address), inside.getLocalPort()));
            inside.receive(new DatagramPacket(new byte[1], 1));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private NetkitLink attach(LinkObject object, String program, int index, AttachType side, Anchor anchor) {
        return first.call(() -> NetkitLink.attach(object.program(program), index, side, anchor));
    }

    @Test
    void packetsAreDroppedOnTheSideThatSendsThem(TestReporter reporter) throws IOException {
        if (isMissing(reporter)) {
            return;
        }
        int index = createPair();
        try (LinkObject object = LinkObject.load("drops_at_netkit", "drops_at_netkit_peer")) {
            assertThat(arrives(first, second, PEER)).isTrue();
            try (Link link = attach(object, "drops_at_netkit", index, AttachType.NETKIT_PRIMARY, Anchor.LAST)) {
                assertThat(arrives(first, second, PEER)).as(link.description()).isFalse();
                assertThat(object.get("hits")).isPositive();
                assertThat(arrives(second, first, PRIMARY)).isTrue();
            }
            try (Link link = attach(object, "drops_at_netkit_peer", index, AttachType.NETKIT_PEER, Anchor.LAST)) {
                assertThat(arrives(second, first, PRIMARY))
                        .as(link.description())
                        .isFalse();
                assertThat(arrives(first, second, PEER)).isTrue();
            }
            assertThat(arrives(second, first, PRIMARY)).isTrue();
        }
    }

    @Test
    void aPlaceIsChosenTheProgramReplacedAndTheLinkComesBack(TestReporter reporter) throws IOException {
        if (isMissing(reporter)) {
            return;
        }
        int index = createPair();
        AttachType side = AttachType.NETKIT_PRIMARY;
        try (LinkObject object = LinkObject.load("drops_at_netkit", "passes_on_at_netkit")) {
            NetkitLink drops = attach(object, "drops_at_netkit", index, side, Anchor.LAST);
            try (NetkitLink passes = attach(object, "passes_on_at_netkit", index, side, Anchor.before(drops))) {
                assertThat(arrives(first, second, PEER)).isFalse();
                assertThat(object.get("order")).isPositive();
                AttachedPrograms there = first.call(() -> AttachedPrograms.ofNetkit(index, side));
                assertThat(there.entries())
                        .containsExactly(
                                new Entry(
                                        passes.info().programId(), passes.info().id()),
                                new Entry(drops.info().programId(), drops.info().id()));
                passes.detach();
                assertThat(passes.info().target()).isEqualTo("ifindex 0");
                drops.update(object.program("passes_on_at_netkit"));
                assertThat(arrives(first, second, PEER)).isTrue();
            }
            assertThat(drops.info().details())
                    .isInstanceOfSatisfying(NetkitLink.Info.class, info -> assertThat(info.side())
                            .contains(side));
            LinkObject.checkTypedOpening(drops, NetkitLink.class);
            assertThatThrownBy(() -> attach(object, "drops_at_netkit", 1, side, Anchor.LAST))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("the interface is no netkit");
        }
    }
}
