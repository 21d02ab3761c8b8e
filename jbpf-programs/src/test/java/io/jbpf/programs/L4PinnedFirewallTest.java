package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.map.BpfMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A firewall that outlives who attached it. */
@KernelTest
@Tag("l4-firewall")
class L4PinnedFirewallTest {
    private static final FirewallRules ONLY_80 =
            new FirewallRules(PortSet.of(80), PortSet.empty(), DefaultAction.BLOCK);
    private static final FirewallRules NOT_80 = new FirewallRules(PortSet.empty(), PortSet.of(80), DefaultAction.ALLOW);
    private static final Duration SOON = Duration.ofSeconds(5);

    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End client = network.left();
    private final TestNetwork.End pod = network.right();
    private final BpfFs directory = BpfFs.mounted()
            .subdirectory("jbpf-firewall-test-" + ProcessHandle.current().pid());
    private final BpfFs place = directory.subdirectory("pod");
    private L4Datapath datapath = L4Datapath.open(directory, DatapathOptions.SINGLE.withFirewalls(4));

    @AfterEach
    void close() throws IOException {
        datapath.close();
        Pins.removeAll(directory);
        network.close();
    }

    private L4Firewall attach(FirewallHook hook, FirewallRules rules) {
        return pod.namespace()
                .call(() -> datapath.attachPinned(
                        place, rules, FirewallOptions.DEFAULTS.withHook(hook), List.of(pod.interfaceInfo())));
    }

    private Optional<L4Firewall> adopt() {
        return pod.namespace().call(() -> datapath.adopt(place, FirewallOptions.DEFAULTS));
    }

    /** As the next process does. */
    private void reopen() {
        datapath.close();
        datapath = L4Datapath.open(directory, DatapathOptions.DEFAULTS);
    }

    private void send(int port, int times) throws IOException {
        try (DatagramSocket socket = client.datagrams(0)) {
            for (int i = 0; i < times; i++) {
                socket.send(new DatagramPacket(new byte[1], 1, pod.ipv4(), port));
            }
        }
    }

    private List<String> pins() throws IOException {
        return Pins.in(place);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void tellsWhetherItIsAttachedStill(FirewallHook hook) throws Exception {
        try (L4Firewall firewall = attach(hook, ONLY_80)) {
            assertThat(firewall.isAttached()).isTrue();
        }
        reopen();
        L4Firewall adopted = adopt().orElseThrow();
        assertThat(adopted.isAttached()).isTrue();
        assertThat(adopted.isPinned()).isTrue();

        L4Remains remains = L4Remains.of(directory, List.of(place));
        int filters = pod.namespace().call(remains::detachFilters);
        assertThat(filters).isEqualTo(hook == FirewallHook.CLSACT ? 2 : 0);
        L4Remains.removeFirewall(place);

        assertThat(adopted.isAttached()).isFalse();
        assertThat(pins()).isEmpty();
        adopted.close();

        L4Firewall again = attach(hook, ONLY_80);
        Files.delete(place.pin("identity"));
        assertThat(again.isAttached()).isTrue();
        assertThat(again.isPinned()).isFalse();
        again.remove();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void anotherGoesOnWithItsCounts(FirewallHook hook) throws Exception {
        L4Firewall former = attach(hook, ONLY_80);
        send(80, 3);
        send(22, 2);
        Waits.until(() -> former.stats().udp().packets() == 5);
        BpfFs elsewhere = directory.subdirectory("other");
        FirewallStats total;
        try (CarriedCounts counts = former.counts().orElseThrow()) {
            former.remove();
            try (L4Firewall next = attach(elsewhere, hook, counts)) {
                assertThat(next.stats().udp().packets()).isEqualTo(5);
                send(22, 4);
                Waits.until(() -> next.stats().blocked().packets() == 6);
                total = next.stats();
            }
        }

        // Also of one that is only pinned, and as the next process finds them.
        reopen();
        try (CarriedCounts counts = datapath.counts(elsewhere).orElseThrow()) {
            datapath.counts(place).ifPresent(none -> {
                throw new AssertionError("nothing is pinned there");
            });
            pod.namespace().call(() -> {
                datapath.removePinned(elsewhere);
                return elsewhere;
            });
            attach(place, hook, counts).close();
        }
        reopen();
        try (L4Firewall last = adopt().orElseThrow()) {
            assertThat(last.stats()).isEqualTo(total);
            send(80, 1);
            Waits.until(() -> last.stats().allowed().packets() == 4);
            last.remove();
        }
    }

    private L4Firewall attach(BpfFs where, FirewallHook hook, CarriedCounts counts) {
        return pod.namespace()
                .call(() -> datapath.attachPinned(
                        where,
                        ONLY_80,
                        FirewallOptions.DEFAULTS.withHook(hook).withCounts(counts),
                        List.of(pod.interfaceInfo())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void theNextProcessTakesItUpWithRulesCountsAndFlows(FirewallHook hook) throws Exception {
        try (ServerSocket outside = client.listen(9000)) {
            L4Firewall first = attach(hook, ONLY_80);
            try (Socket own = pod.connect(client.ipv4(), 9000, SOON);
                    Socket accepted = outside.accept()) {
                send(80, 3);
                send(22, 2);
                Waits.until(() -> first.stats().udp().packets() == 5);
                List<Flow> flows = first.ownFlows();
                long id = first.id();
                first.close();
                first.close();

                send(22, 4);
                for (int upgrade = 1; upgrade <= 3; upgrade++) {
                    reopen();
                    try (L4Firewall next = adopt().orElseThrow()) {
                        assertThat(next.hook()).isEqualTo(hook);
                        assertThat(next.id()).isEqualTo(id);
                        assertThat(next.rules()).isEqualTo(ONLY_80);
                        assertThat(next.ownFlows()).isEqualTo(flows);
                        long expected = 8L + upgrade;
                        Waits.until(() -> next.stats().udp().packets() == expected);
                        send(22, 1);
                        long blocked = 6L + upgrade;
                        Waits.until(() -> next.stats().blocked().packets() == blocked);
                        accepted.getOutputStream().write(upgrade);
                        assertThat(own.getInputStream().read()).isEqualTo(upgrade);
                    }
                }
                L4Firewall last = adopt().orElseThrow();
                last.update(NOT_80);
                send(80, 1);
                Waits.until(() -> last.stats().blocked().packets() == 10);
                last.remove();
                assertThat(pins()).isEmpty();
                assertThat(adopt()).isEmpty();
                try (DatagramSocket in = pod.datagrams(80)) {
                    send(80, 1);
                    in.setSoTimeout((int) SOON.toMillis());
                    in.receive(new DatagramPacket(new byte[1], 1));
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void aNewerLayoutIsRefusedAndNothingIsChanged(FirewallHook hook) throws Exception {
        attach(hook, ONLY_80).close();
        List<String> before = pins();
        setLayout(FirewallIdentity.LAYOUT + 1);
        assertThatExceptionOfType(IncompatibleLayoutException.class)
                .isThrownBy(this::adopt)
                .withMessageContaining("newer version")
                .satisfies(e -> assertThat(e.pinned()).isEqualTo(FirewallIdentity.LAYOUT + 1));
        assertThatExceptionOfType(IncompatibleLayoutException.class)
                .isThrownBy(() -> pod.namespace().call(() -> {
                    datapath.removePinned(place);
                    return 0;
                }));
        assertThat(pins()).containsExactlyInAnyOrderElementsOf(before);
        setLayout(FirewallIdentity.LAYOUT);
        try (L4Firewall same = adopt().orElseThrow()) {
            send(22, 1);
            Waits.until(() -> same.stats().blocked().packets() == 1);
            same.remove();
        }
    }

    private void setLayout(int layout) {
        try (BpfMap map = BpfMap.openPinned(place.pin("identity"))) {
            ByteBuffer key = ByteBuffer.allocate(Integer.BYTES);
            ByteBuffer value = ByteBuffer.allocate(map.valueBytes()).order(ByteOrder.nativeOrder());
            assertThat(map.lookup(key, value)).isTrue();
            map.update(key, value.putInt(0, layout), UpdateMode.ANY);
        }
    }

    /** The stubs' pins are what makes the slot the firewall's own. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void oneWhoseStubsAreNoLongerPinnedIsRemovedAllTheSame(FirewallHook hook) throws Exception {
        L4Firewall firewall = attach(hook, ONLY_80);
        Files.delete(place.pin("stub_ingress"));
        Files.delete(place.pin("stub_egress"));
        assertThat(firewall.isPinned()).isFalse();
        firewall.remove();
        assertThat(filters()).isZero();
        try (L4Firewall next = attach(hook, ONLY_80)) {
            send(22, 1);
            Waits.until(() -> next.stats().blocked().packets() == 1);
            next.remove();
        }
        assertThat(place.directory()).isEmptyDirectory();
    }

    /** As whoever was killed before the last step leaves it: attached, and not said to be whole. */
    private void attachHalf(FirewallHook hook) throws IOException {
        attach(hook, ONLY_80).close();
        Files.move(place.pin("identity"), place.pin("attaching"));
        assertThat(adopt()).isEmpty();
    }

    private int filters() {
        try (RouteSocket route = pod.routeSocket()) {
            return route.clsact(pod.interfaceInfo(), Direction.INGRESS)
                    .filters()
                    .size();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void halfAnAttachmentCanBeRemoved(FirewallHook hook) throws Exception {
        attachHalf(hook);
        assertThat(filters()).isEqualTo(hook == FirewallHook.CLSACT ? 1 : 0);
        pod.namespace().call(() -> {
            datapath.removePinned(place);
            return 0;
        });
        assertThat(pins()).isEmpty();
        assertThat(filters()).isZero();
        datapath.remove();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void whatHalfAnAttachmentLeftIsClearedAndNothingElse(FirewallHook hook) throws Exception {
        attachHalf(hook);
        try (BlockedFlows theirs = BlockedFlows.pinned(place.pin("theirs"));
                L4Firewall anew = attach(hook, NOT_80)) {
            send(80, 1);
            send(22, 1);
            Waits.until(() -> anew.stats().udp().packets() == 2);
            assertThat(anew.stats().blocked().packets()).isEqualTo(1);
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> attach(hook, NOT_80))
                    .withMessageContaining("already");
            anew.remove();
            assertThat(pins()).containsExactly("theirs");
            assertThat(theirs.take()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void oneWhoseInterfaceIsGoneIsSaidToBeGoneAndCanBeRemoved(FirewallHook hook) throws Exception {
        attach(hook, ONLY_80).close();
        try (var route = pod.routeSocket()) {
            route.interfaces().delete(pod.interfaceInfo());
        }
        assertThatExceptionOfType(BpfException.class).isThrownBy(this::adopt);
        pod.namespace().call(() -> {
            datapath.removePinned(place);
            return 0;
        });
        assertThat(pins()).isEmpty();
    }

    /** What is attached goes first, so that whoever is killed in between leaves the proof of what it was. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.jbpf.programs.HooksHere#all")
    void aRemovalThatEndedHalfWayIsDoneAgain(FirewallHook hook) throws Exception {
        attach(hook, ONLY_80).close();
        FirewallPins pinned = new FirewallPins(place);
        FirewallIdentity identity = pinned.identity().orElseThrow();
        pod.namespace().call(() -> {
            FirewallHooks.detachFilters(identity.interfaces(), identity.name(), pinned);
            FirewallHooks.detachLinks(pinned);
            return 0;
        });
        assertThatExceptionOfType(BpfException.class).isThrownBy(this::adopt).withMessageContaining("removePinned");
        pod.namespace().call(() -> {
            datapath.removePinned(place);
            return 0;
        });
        assertThat(pins()).isEmpty();
    }
}
