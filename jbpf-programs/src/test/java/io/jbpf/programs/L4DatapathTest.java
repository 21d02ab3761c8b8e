package io.jbpf.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jbpf.error.BpfException;
import io.jbpf.fs.BpfFs;
import io.jbpf.fs.BpffsLock;
import io.jbpf.link.AttachedPrograms;
import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.object.AttachType;
import io.jbpf.object.MapSpec;
import io.jbpf.object.MapType;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.HoldingProcess;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What firewalls of one datapath share, and what they do not. */
@KernelTest
@Tag("l4-firewall")
class L4DatapathTest {
    private static final FirewallRules NOT_22 = new FirewallRules(PortSet.empty(), PortSet.of(22), DefaultAction.ALLOW);
    private static final FirewallRules NOTHING =
            new FirewallRules(PortSet.empty(), PortSet.empty(), DefaultAction.BLOCK);
    private static final DatapathOptions FOUR = DatapathOptions.SINGLE.withFirewalls(4);

    private final List<TestNetwork> networks = new ArrayList<>();
    private final BpfFs directory = BpfFs.mounted()
            .subdirectory("jbpf-datapath-test-" + ProcessHandle.current().pid());
    private final List<L4Datapath> datapaths = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        datapaths.forEach(L4Datapath::close);
        networks.forEach(TestNetwork::close);
        Pins.removeAll(directory);
    }

    private TestNetwork network() {
        networks.add(TestNetwork.create());
        return networks.get(networks.size() - 1);
    }

    private L4Datapath created(DatapathOptions options) {
        datapaths.add(L4Datapath.create(options));
        return datapaths.get(datapaths.size() - 1);
    }

    private L4Datapath opened() {
        datapaths.add(L4Datapath.open(directory, FOUR));
        return datapaths.get(datapaths.size() - 1);
    }

    private static L4Firewall attach(L4Datapath datapath, TestNetwork network, FirewallRules rules) {
        return network.right()
                .namespace()
                .call(() -> datapath.attach(
                        rules, FirewallOptions.DEFAULTS, List.of(network.right().interfaceInfo())));
    }

    private L4Firewall attachPinned(L4Datapath datapath, String name, TestNetwork network, FirewallRules rules) {
        return network.right()
                .namespace()
                .call(() -> datapath.attachPinned(
                        directory.subdirectory(name),
                        rules,
                        FirewallOptions.DEFAULTS,
                        List.of(network.right().interfaceInfo())));
    }

    private static void send(TestNetwork network, int port, int times) throws IOException {
        try (DatagramSocket socket = network.left().datagrams(0)) {
            for (int i = 0; i < times; i++) {
                socket.send(new DatagramPacket(new byte[1], 1, network.right().ipv4(), port));
            }
        }
    }

    private static int verdict(L4Firewall firewall, int port) {
        return verdict(firewall.ingress(), port);
    }

    private int pinnedVerdict(String name, int port) {
        try (BpfProgram ingress =
                BpfProgram.openPinned(directory.subdirectory(name).pin("stub_ingress"))) {
            return verdict(ingress, port);
        }
    }

    private static int verdict(BpfProgram ingress, int port) {
        return ingress.testRun(Frame.ipv4().udp(port).bytes(), 1).returned();
    }

    @Test
    void eachFirewallHasItsOwnRulesCountsAndEnd() throws Exception {
        L4Datapath datapath = created(FOUR);
        TestNetwork first = network();
        TestNetwork second = network();
        L4Firewall one = attach(datapath, first, NOT_22);
        try (L4Firewall two = attach(datapath, second, NOT_22)) {
            send(first, 22, 3);
            send(second, 80, 2);
            Waits.until(() -> one.stats().blocked().packets() == 3
                    && two.stats().allowed().packets() == 2);
            assertThat(one.stats().allowed()).isEqualTo(Traffic.NONE);
            assertThat(two.stats().blocked()).isEqualTo(Traffic.NONE);
            two.update(NOTHING);
            assertThat(verdict(two, 80)).isEqualTo(2);
            assertThat(verdict(one, 80)).isEqualTo(-1);
            one.close();
            assertThat(verdict(two, 80)).isEqualTo(2);
        }
        assertThat(datapath.tables()).hasSize(2);
    }

    @Test
    void aSlotThatIsUsedAgainShowsNothingOfTheFormerFirewall() throws Exception {
        L4Datapath datapath = created(DatapathOptions.SINGLE);
        TestNetwork first = network();
        byte[] out = Frame.ipv4().udp(5000, 6000).bytes();
        try (FirewallSlot former = datapath.claim(1, true)) {
            former.maps().makeTables(NOTHING);
            former.maps().put(NOTHING);
            former.stubs().egress().testRun(out, 1);
            former.stubs().ingress().testRun(out, 1);
            assertThat(former.maps().ownFlows()).hasSize(1);
            assertThat(former.maps().stats().blocked().packets()).isEqualTo(1);
            former.free();
        }
        try (L4Firewall next = attach(datapath, first, NOTHING)) {
            assertThat(next.ownFlows()).isEmpty();
            assertThat(next.stats()).isEqualTo(FirewallStats.NONE);
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> attach(datapath, network(), NOT_22))
                    .withMessageContaining("room for 1 firewalls")
                    .withMessageContaining("withFirewalls");
        }
        try (L4Firewall again = attach(datapath, network(), NOT_22)) {
            assertThat(verdict(again, 22)).isEqualTo(2);
            assertThat(verdict(again, 80)).isEqualTo(-1);
        }
    }

    @Test
    void closingItDetachesItsFirewalls() {
        L4Datapath datapath = created(FOUR);
        TestNetwork network = network();
        L4Firewall firewall = attach(datapath, network, NOT_22);
        datapath.close();
        firewall.close();
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(firewall::remove);
        if (firewall.hook() == FirewallHook.TCX) {
            assertThat(network.right().namespace().call(() -> AttachedPrograms.ofTcx(
                                    network.right().interfaceInfo().index(), AttachType.TCX_INGRESS)
                            .entries()))
                    .isEmpty();
        }
    }

    @Test
    void aFirewallThatOutlivesItsProcessNeedsADatapathThatDoes() {
        L4Datapath datapath = created(FOUR);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> attachPinned(datapath, "pod", network(), NOT_22))
                .withMessageContaining("L4Datapath.open");
    }

    @Test
    void manyMayHaveItOpenAndAttachAtTheSameTime() throws Exception {
        List<L4Datapath> open = List.of(opened(), opened());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<L4Firewall>> attaching = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                L4Datapath datapath = open.get(i % 2);
                String name = "pod" + i;
                TestNetwork network = network();
                FirewallRules rules = new FirewallRules(PortSet.empty(), PortSet.of(1000 + i), DefaultAction.ALLOW);
                attaching.add(threads.submit(() -> attachPinned(datapath, name, network, rules)));
            }
            Set<String> stubs = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                attaching.get(i).get(1, TimeUnit.MINUTES);
                try (BpfProgram ingress =
                        BpfProgram.openPinned(directory.subdirectory("pod" + i).pin("stub_ingress"))) {
                    stubs.add(ingress.name());
                }
                for (int port = 1000; port < 1004; port++) {
                    assertThat(pinnedVerdict("pod" + i, port)).isEqualTo(port == 1000 + i ? 2 : -1);
                }
            }
            assertThat(stubs).hasSize(4);
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> open.get(0).remove())
                    .withMessageContaining("has firewalls still, with 8 programs");
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> attachPinned(open.get(0), "fifth", network(), NOT_22))
                    .withMessageContaining("room for 4 firewalls");
            // A slot is there again, though the kernel frees its stubs a moment later.
            attaching.get(0).get().remove();
            attachPinned(open.get(1), "fifth", network(), NOT_22).remove();
            for (Future<L4Firewall> each : attaching.subList(1, 4)) {
                each.get().remove();
            }
            open.get(0).remove();
            assertThat(Pins.in(directory)).doesNotContain(DatapathPins.NAME);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void ofManyWhoMakeTheTablesAtOnceOneDoes() throws Exception {
        List<L4Datapath> open = List.of(opened(), opened(), opened(), opened());
        CyclicBarrier begin = new CyclicBarrier(open.size());
        ExecutorService threads = Executors.newFixedThreadPool(open.size());
        try {
            List<Future<Set<Integer>>> making = new ArrayList<>();
            for (int i = 0; i < open.size(); i++) {
                L4Datapath datapath = open.get(i);
                FirewallSlot slot = datapath.claim(i, true);
                making.add(threads.submit(() -> {
                    begin.await(1, TimeUnit.MINUTES);
                    slot.maps().makeTables(NOT_22);
                    slot.free();
                    return ids(datapath);
                }));
            }
            for (Future<Set<Integer>> each : making) {
                assertThat(each.get(1, TimeUnit.MINUTES)).hasSize(2);
            }
            for (L4Datapath datapath : open) {
                assertThat(ids(datapath)).isEqualTo(ids(opened()));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void whoMakesTheTablesHasTheDirectoryLocked() throws Exception {
        L4Datapath datapath = opened();
        L4Datapath onlooker = opened();
        FirewallSlot slot = datapath.claim(1, true);
        Thread maker = new Thread(() -> slot.maps().makeTables(NOT_22));
        BpffsLock another = BpffsLock.acquire(directory.directory().resolve(DatapathPins.NAME));
        try {
            maker.start();
            Waits.until(() -> Stream.of(maker.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().equals(BpffsLock.class.getName())
                            && frame.getMethodName().equals("acquire")));
            assertThat(ids(onlooker)).isEmpty();
        } finally {
            another.close();
            maker.join();
        }
        assertThat(ids(onlooker)).hasSize(2);
        slot.free();
    }

    private Path pinsOfDatapath() {
        return directory.pin(DatapathPins.NAME);
    }

    @Test
    void mendsWhatSomebodyHasRemovedOfItsPins() throws Exception {
        L4Datapath datapath = opened();
        TestNetwork network = network();
        L4Firewall firewall = attachPinned(datapath, "one", network, NOT_22);
        assertThat(datapath.mend()).isFalse();
        List<String> whole = Pins.in(BpfFs.at(pinsOfDatapath()));

        Pins.removeAll(BpfFs.at(pinsOfDatapath()));
        assertThat(datapath.mend()).isTrue();
        assertThat(datapath.mend()).isFalse();
        assertThat(Pins.in(BpfFs.at(pinsOfDatapath()))).containsExactlyInAnyOrderElementsOf(whole);

        for (String pin : List.of("layout", "rules", "ingress_program")) {
            Files.delete(pinsOfDatapath().resolve(pin));
        }
        assertThat(datapath.mend()).isTrue();
        assertThat(Pins.in(BpfFs.at(pinsOfDatapath()))).containsExactlyInAnyOrderElementsOf(whole);

        // Whoever comes next finds it, and the firewall with it.
        send(network, 22, 2);
        send(network, 80, 1);
        firewall.close();
        datapath.close();
        send(network, 22, 1);
        try (L4Firewall next = network.right()
                .namespace()
                .call(() -> opened().adopt(directory.subdirectory("one"), FirewallOptions.DEFAULTS))
                .orElseThrow()) {
            Waits.until(() -> next.stats().blocked().packets() == 3
                    && next.stats().allowed().packets() == 1);
            next.remove();
        }
    }

    @Test
    void saysThatAnotherDatapathHasItsName() throws Exception {
        L4Datapath datapath = opened();
        Pins.removeAll(BpfFs.at(pinsOfDatapath()));
        L4Datapath another = opened();
        Files.delete(pinsOfDatapath().resolve("rules"));

        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(datapath::mend)
                .withMessageContaining("another has its name now");
        assertThat(another.mend()).isTrue();
    }

    private static Set<Integer> ids(L4Datapath datapath) {
        return datapath.tables().stream().map(table -> table.info().id()).collect(Collectors.toSet());
    }

    @Test
    void nothingIsAttachedToOneThatAnotherHasRemoved() throws Exception {
        L4Datapath mine = opened();
        opened().remove();
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> attachPinned(mine, "pod", network(), NOT_22))
                .withMessageContaining("was removed after it was opened");
        assertThat(Pins.in(directory.subdirectory("pod"))).isEmpty();
        L4Datapath next = opened();
        mine.remove();
        assertThat(Pins.in(directory)).contains(DatapathPins.NAME);
        attachPinned(next, "pod", network(), NOT_22).remove();
    }

    @Test
    void isOpenedWholeWhileOthersRemoveIt() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        AtomicBoolean enough = new AtomicBoolean();
        try {
            Future<Integer> removing = other.submit(() -> {
                int removals = 0;
                while (!enough.get()) {
                    L4Datapath.open(directory, FOUR).remove();
                    removals++;
                }
                return removals;
            });
            for (int i = 0; i < 30; i++) {
                L4Datapath.open(directory, FOUR).close();
            }
            enough.set(true);
            assertThat(removing.get(1, TimeUnit.MINUTES)).isPositive();
        } finally {
            enough.set(true);
            other.shutdown();
            assertThat(other.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void aProcessThatIsKilledHoldsNoSlot() throws Exception {
        L4Datapath datapath = opened();
        TestNetwork network = network();
        try (HoldingProcess other = HoldingProcess.start(SlotHolder.class, directory, FOUR.firewalls())) {
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> attach(datapath, network, NOT_22))
                    .withMessageContaining("room for 4 firewalls");
            assertThat(other).isNotNull();
        }
        L4Firewall firewall = attach(datapath, network, NOT_22);
        assertThat(verdict(firewall, 22)).isEqualTo(2);
        assertThat(firewall.stats().blocked().packets()).isEqualTo(1);
    }

    @Test
    void whatAMakerThatWasKilledHasLeftIsNoDatapathAndGoesInTime() throws Exception {
        BpfFs left = directory.subdirectory("making_0");
        try (BpfMap half = BpfMap.create(MapSpec.of("half", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1))) {
            half.pin(left.pin("rules"));
        }
        Path recent = directory.subdirectory("making_1").directory();
        Files.setLastModifiedTime(left.directory(), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        L4Datapath datapath = opened();
        assertThat(left.directory()).doesNotExist();
        assertThat(recent).exists();
        assertThat(attach(datapath, network(), NOT_22).stats()).isEqualTo(FirewallStats.NONE);
    }

    @Test
    void anotherLayoutIsRefusedAndNothingIsChanged() throws Exception {
        L4Datapath datapath = opened();
        L4Firewall firewall = attachPinned(datapath, "pod", network(), NOT_22);
        for (int layout : new int[] {FirewallIdentity.LAYOUT + 1, FirewallIdentity.LAYOUT - 1}) {
            setLayout(layout);
            assertThatExceptionOfType(IncompatibleLayoutException.class)
                    .isThrownBy(this::opened)
                    .withMessageContaining(layout > FirewallIdentity.LAYOUT ? "newer version" : "older version")
                    .satisfies(e -> assertThat(e.pinned()).isEqualTo(layout));
            assertThat(pinnedVerdict("pod", 22)).isEqualTo(2);
        }
        setLayout(FirewallIdentity.LAYOUT);
        opened();
        firewall.remove();
    }

    private void setLayout(int layout) {
        Path pin = directory.directory().resolve(DatapathPins.NAME).resolve("layout");
        try (BpfMap map = BpfMap.openPinned(pin)) {
            map.typed(Codec.u32(), Codec.u32()).put(0, layout);
        }
    }
}
