package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.fs.BpfFs;
import io.jbpf.link.KernelLink;
import io.jbpf.link.TcxLink;
import io.jbpf.netlink.Direction;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.OpenResources;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** What a datapath tells of all its firewalls at once. */
@KernelTest
@Tag("l4-firewall")
class L4DetachedTest {
    private final OpenResources open = new OpenResources();
    private final BpfFs directory = BpfFs.mounted()
            .subdirectory("jbpf-detached-test-" + ProcessHandle.current().pid());
    private final L4Datapath datapath = datapath("ours");

    @AfterEach
    void close() throws Exception {
        open.close();
        Pins.removeAll(directory);
    }

    private L4Datapath datapath(String name) {
        return open.add(L4Datapath.open(directory.subdirectory(name), DatapathOptions.SINGLE.withFirewalls(4)));
    }

    private TestNetwork network() {
        return open.add(TestNetwork.create());
    }

    private static L4Firewall attach(L4Datapath to, BpfFs place, TestNetwork network, FirewallHook hook) {
        TestNetwork.End pod = network.right();
        return pod.namespace()
                .call(() -> to.attachPinned(
                        place,
                        FirewallRules.allowAll(),
                        FirewallOptions.DEFAULTS.withHook(hook),
                        List.of(pod.interfaceInfo())));
    }

    /** As anybody can who opens the pin. */
    private static void takeOff(BpfFs place, TestNetwork network, Direction direction) {
        int index = network.right().interfaceInfo().index();
        try (TcxLink link = KernelLink.openPinned(new FirewallPins(place).link(index, direction), TcxLink.class)) {
            link.detach();
        }
    }

    private static boolean hasTcx() {
        return KernelProbes.link(LinkFeature.TCX).isSupported();
    }

    /** Where there are no such links, the datapath says so. */
    private boolean cannotTell(TestReporter reporter) {
        if (KernelSupport.isMissing(KernelProbes.link(LinkFeature.TCX), "TCX links", reporter)) {
            assertThat(datapath.detached()).isEmpty();
            return true;
        }
        return false;
    }

    @Test
    void tellsOfThoseThatSomebodyTookOff(TestReporter reporter) {
        if (cannotTell(reporter)) {
            return;
        }
        BpfFs place = directory.subdirectory("first");
        TestNetwork network = network();
        L4Firewall first = attach(datapath, place, network, FirewallHook.TCX);
        L4Firewall second = attach(datapath, directory.subdirectory("second"), network(), FirewallHook.TCX);
        L4Datapath another = datapath("another");
        BpfFs elsewhere = directory.subdirectory("elsewhere");
        TestNetwork foreign = network();
        L4Firewall notOurs = attach(another, elsewhere, foreign, FirewallHook.TCX);
        assertThat(datapath.detached()).hasValue(Set.of());

        takeOff(elsewhere, foreign, Direction.INGRESS);
        assertThat(datapath.detached()).hasValue(Set.of());
        assertThat(another.detached()).hasValue(Set.of(notOurs));

        // One direction is enough.
        takeOff(place, network, Direction.EGRESS);
        assertThat(datapath.detached()).hasValue(Set.of(first));
        assertThat(first.isAttached()).isFalse();
        assertThat(second.isAttached()).isTrue();

        first.remove();
        assertThat(datapath.detached()).hasValue(Set.of());
    }

    @Test
    void tellsOfThoseWhoseInterfaceIsGone(TestReporter reporter) {
        if (cannotTell(reporter)) {
            return;
        }
        L4Firewall firewall;
        try (TestNetwork network = TestNetwork.create()) {
            firewall = attach(datapath, directory.subdirectory("gone"), network, FirewallHook.TCX);
            assertThat(datapath.detached()).hasValue(Set.of());
        }

        // A namespace is taken down after its last descriptor is closed.
        Waits.until(() -> datapath.detached().equals(Optional.of(Set.of(firewall))));
    }

    @Test
    void tellsOfThoseThatItTookUp(TestReporter reporter) {
        if (cannotTell(reporter)) {
            return;
        }
        BpfFs place = directory.subdirectory("adopted");
        TestNetwork network = network();
        attach(datapath, place, network, FirewallHook.TCX).close();
        L4Firewall adopted = network.right()
                .namespace()
                .call(() -> datapath.adopt(place, FirewallOptions.DEFAULTS))
                .orElseThrow();
        assertThat(datapath.detached()).hasValue(Set.of());

        takeOff(place, network, Direction.INGRESS);

        assertThat(datapath.detached()).hasValue(Set.of(adopted));
    }

    @Test
    void saysNothingOfFilters() {
        attach(datapath, directory.subdirectory("filtered"), network(), FirewallHook.CLSACT);

        assertThat(datapath.detached()).isEqualTo(hasTcx() ? Optional.of(Set.of()) : Optional.empty());
    }

    @Test
    void saysNothingOnceItIsClosed() {
        assertThat(datapath.detached().isPresent()).isEqualTo(hasTcx());

        datapath.close();

        assertThat(datapath.detached()).isEmpty();
    }
}
