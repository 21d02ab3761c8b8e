package io.jbpf.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.Waits;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class InterfacesTest {
    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final RouteSocket socket = namespace.call(RouteSocket::open);
    private final Interfaces interfaces = socket.interfaces();

    @AfterEach
    void removeTheNamespace() {
        socket.close();
        namespace.close();
    }

    @Test
    void whatTheKernelListsIsWhatJavaSees() throws Exception {
        try (RouteSocket here = RouteSocket.open()) {
            for (java.net.NetworkInterface expected :
                    Collections.list(java.net.NetworkInterface.getNetworkInterfaces())) {
                InterfaceInfo actual = here.interfaces().get(expected.getName());
                assertThat(actual.index()).isEqualTo(expected.getIndex());
                assertThat(actual.mtu()).isEqualTo(expected.getMTU());
                assertThat(actual.up()).isEqualTo(expected.isUp());
                assertThat(actual.loopback()).isEqualTo(expected.isLoopback());
                assertThat(here.interfaces().addresses(actual))
                        .extracting(prefix -> prefix.address().getHostAddress())
                        .containsExactlyInAnyOrderElementsOf(Collections.list(expected.getInetAddresses()).stream()
                                .map(InetAddress::getHostAddress)
                                .map(text -> text.replaceFirst("%.*", ""))
                                .toList());
            }
        }
    }

    @Test
    void aVethPairHasTwoEndsThatKnowEachOther() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        InterfaceInfo right = interfaces.get("right");
        assertThat(left.kind()).contains("veth");
        assertThat(left.up()).isFalse();
        assertThat(left.mac().orElseThrow()).matches("([0-9a-f]{2}:){5}[0-9a-f]{2}");
        assertThat(left.peerIndex()).isEqualTo(OptionalInt.of(right.index()));
        assertThat(right.peerIndex()).isEqualTo(OptionalInt.of(left.index()));
    }

    @Test
    void theAddressesOfAllInterfacesAreToldAtOnce() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        InterfaceInfo right = interfaces.get("right");
        interfaces.addAddress(left, IpPrefix.parse("198.18.0.1/24"));
        interfaces.addAddress(left, IpPrefix.parse("fd00::1/64"));
        interfaces.addAddress(right, IpPrefix.parse("198.19.0.1/24"));
        assertThat(interfaces.addresses())
                .containsEntry(left.index(), List.of(IpPrefix.parse("198.18.0.1/24"), IpPrefix.parse("fd00::1/64")))
                .containsEntry(right.index(), List.of(IpPrefix.parse("198.19.0.1/24")));
    }

    @Test
    void aDefaultRouteLeadsToItsInterface() throws Exception {
        assertThat(interfaces.defaultRoutes()).isEmpty();
        InterfaceInfo left = interfaces.createVeth("left", "right");
        InterfaceInfo right = interfaces.get("right");
        for (InterfaceInfo each : List.of(left, right)) {
            interfaces.setUp(each);
        }
        interfaces.addAddress(left, IpPrefix.parse("198.18.0.1/24"));
        interfaces.addAddress(right, IpPrefix.parse("fd00::1/64"));
        assertThat(interfaces.defaultRoutes()).isEmpty();
        interfaces.addDefaultRoute(right, InetAddress.getByName("fd00::2"));
        assertThat(interfaces.defaultRoutes()).containsExactly(right.index());
        interfaces.addDefaultRoute(left, InetAddress.getByName("198.18.0.2"));
        assertThat(interfaces.defaultRoutes()).containsExactly(left.index(), right.index());
    }

    @Test
    @RequiresTool("ip")
    void aDefaultRouteMayLeadToSeveral() throws Exception {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        InterfaceInfo right = interfaces.get("right");
        for (InterfaceInfo each : List.of(left, right)) {
            interfaces.setUp(each);
        }
        ip("route", "add", "unreachable", "default", "metric", "9");
        assertThat(interfaces.defaultRoutes()).isEmpty();
        ip("route", "add", "default", "nexthop", "dev", "left", "nexthop", "dev", "right");
        assertThat(interfaces.defaultRoutes()).containsExactlyInAnyOrder(left.index(), right.index());
    }

    private void ip(String... arguments) throws Exception {
        Process ip = namespace.call(() -> new ProcessBuilder(
                        Stream.concat(Stream.of("ip"), Arrays.stream(arguments)).toList())
                .inheritIO()
                .start());
        assertThat(ip.waitFor()).isZero();
    }

    @Test
    void theOtherEndMayBeInAnotherNamespace() {
        try (NetworkNamespace other = NetworkNamespace.create();
                RouteSocket there = other.call(RouteSocket::open)) {
            InterfaceInfo left = interfaces.createVeth("left", "right", other);
            assertThat(interfaces.find("right")).isEmpty();
            assertThat(there.interfaces().get("right").index())
                    .isEqualTo(left.peerIndex().orElseThrow());
            OptionalInt number = interfaces.namespaceId(other);
            assertThat(number).isPresent();
            assertThat(left.peerNamespaceId()).isEqualTo(number);
        }
    }

    @Test
    void aNamespaceThatNoInterfaceLeadsToHasNoNumber() {
        try (NetworkNamespace other = NetworkNamespace.create()) {
            assertThat(interfaces.namespaceId(other)).isEmpty();
            InterfaceInfo left = interfaces.createVeth("left", "right");
            assertThat(left.peerNamespaceId()).isEmpty();
            interfaces.moveTo(other, interfaces.get("right"));
            assertThat(interfaces.get("left").peerNamespaceId()).isPresent().isEqualTo(interfaces.namespaceId(other));
        }
    }

    @Test
    void anInterfaceMovesToAnotherNamespace() {
        try (NetworkNamespace other = NetworkNamespace.create();
                RouteSocket there = other.call(RouteSocket::open)) {
            InterfaceInfo left = interfaces.createVeth("left", "right");
            interfaces.moveTo(other, left);
            assertThat(interfaces.find("left")).isEmpty();
            assertThat(there.interfaces().find("left")).isPresent();
        }
    }

    @Test
    void anInterfaceIsSwitchedOnAndOff() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        interfaces.setUp(left);
        assertThat(interfaces.get("left").up()).isTrue();
        interfaces.setDown(left);
        assertThat(interfaces.get("left").up()).isFalse();
    }

    @Test
    void aPairRunsOnceBothEndsAreUp() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        interfaces.setUp(left);
        assertThat(interfaces.get("left").running()).isFalse();
        interfaces.setUp(interfaces.get("right"));
        Waits.until(() -> interfaces.get("left").running());
    }

    @Test
    void addressesAreThoseGiven() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        InterfaceInfo right = interfaces.get("right");
        interfaces.addAddress(left, IpPrefix.parse("10.1.2.3/24"));
        interfaces.addAddress(left, IpPrefix.parse("fd00::3/64"));
        interfaces.addAddress(right, IpPrefix.parse("10.1.2.4/24"));
        assertThat(interfaces.addresses(left))
                .containsExactlyInAnyOrder(IpPrefix.parse("10.1.2.3/24"), IpPrefix.parse("fd00::3/64"));
        assertThat(interfaces.addresses(right)).containsExactly(IpPrefix.parse("10.1.2.4/24"));
    }

    @Test
    void deletingOneEndOfAPairDeletesBoth() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        interfaces.delete(left);
        assertThat(interfaces.list()).extracting(InterfaceInfo::name).containsExactly("lo");
    }

    @Test
    void anUnknownInterfaceIsNamedWithThoseThereAre() {
        interfaces.createVeth("left", "right");
        assertThatThrownBy(() -> interfaces.get("eth7"))
                .isInstanceOfSatisfying(UnknownInterfaceException.class, e -> assertThat(e.interfaceName())
                        .isEqualTo("eth7"))
                .hasMessageStartingWith(
                        "there is no network interface 'eth7' in this network namespace; there are: lo, ")
                .hasMessageContainingAll("left", "right");
        assertThatThrownBy(() -> interfaces.get(4711)).isInstanceOf(UnknownInterfaceException.class);
        assertThatThrownBy(() -> interfaces.get("a name that is far too long"))
                .isInstanceOf(UnknownInterfaceException.class);
    }

    @Test
    void aNameThatIsTakenIsARefusal() {
        interfaces.createVeth("left", "right");
        assertThatThrownBy(() -> interfaces.createVeth("left", "other"))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
    }

    @Test
    void aNameNoInterfaceCanHaveIsRefusedBeforeTheKernelSeesIt() {
        for (String name : List.of("", ".", "..", "a/b", "a b", "a:b", "0123456789abcdef", "a\0b")) {
            assertThatThrownBy(() -> interfaces.createVeth(name, "right")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anInterfaceThatHasGoneIsARefusalThatSaysSo() {
        InterfaceInfo left = interfaces.createVeth("left", "right");
        interfaces.delete(left);
        assertThatThrownBy(() -> interfaces.setUp(left))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("set interface left (" + left.index() + ") up")
                .hasMessageContaining("the interface is gone");
    }

    @Test
    void hundredsOfInterfacesAreListedWhileOthersComeAndGo() throws Exception {
        IntStream.range(0, 150).forEach(i -> interfaces.createVeth("a" + i, "b" + i));
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (RouteSocket other = namespace.call(RouteSocket::open)) {
            Callable<Boolean> churn = () -> {
                for (int i = 0; i < 30; i++) {
                    other.interfaces().delete(other.interfaces().createVeth("churn", "churn-peer"));
                }
                return true;
            };
            Future<Boolean> churning = threads.submit(churn);
            do {
                assertThat(interfaces.list())
                        .extracting(InterfaceInfo::name)
                        .doesNotHaveDuplicates()
                        .contains("lo", "a0", "b0", "a149", "b149");
            } while (!churning.isDone());
            assertThat(churning.get()).isTrue();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void threadsShareASocketWithoutMixingAnswers() throws Exception {
        interfaces.createVeth("left", "right");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> work = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> {
                        String name = i % 2 == 0 ? "left" : "right";
                        for (int n = 0; n < 200; n++) {
                            assertThat(interfaces.get(name).name()).isEqualTo(name);
                        }
                        return true;
                    }))
                    .toList();
            for (Future<Boolean> each : work) {
                assertThat(each.get()).isTrue();
            }
        } finally {
            threads.shutdown();
        }
    }
}
