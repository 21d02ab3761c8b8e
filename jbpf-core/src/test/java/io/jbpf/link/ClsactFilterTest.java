package io.jbpf.link;

import static io.jbpf.netlink.Direction.EGRESS;
import static io.jbpf.netlink.Direction.INGRESS;
import static io.jbpf.testkit.TestPrograms.TC_ACT_OK;
import static io.jbpf.testkit.TestPrograms.TC_ACT_SHOT;
import static io.jbpf.testkit.TestPrograms.TC_ACT_UNSPEC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.KernelObjects;
import io.jbpf.error.BpfException;
import io.jbpf.netlink.ClsactHook;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.ForeignFilters;
import io.jbpf.netlink.OwnedFilter;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.TestPrograms;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class ClsactFilterTest {
    private static final int PORT = 5353;

    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End pod = network.right();
    private final RouteSocket socket = pod.routeSocket();
    private final List<BpfProgram> programs = new ArrayList<>();
    private final BpfProgram dropping = program("dropping", TC_ACT_SHOT);
    private final BpfProgram passing = program("passing", TC_ACT_UNSPEC);

    @BeforeEach
    void packetsArriveBeforeTheTest() throws IOException {
        assertThat(arrives(pod.ipv4())).isTrue();
        assertThat(arrives(pod.ipv6())).isTrue();
    }

    @AfterEach
    void removeAll() {
        programs.forEach(BpfProgram::close);
        socket.close();
        network.close();
    }

    @Test
    void packetsAreDroppedFromAttachToClose() throws IOException {
        try (Link link = attach(dropping, INGRESS, "firewall")) {
            assertThat(link.description()).contains("filter 'firewall'").contains("ingress of interface veth-right");
            assertThat(arrives(pod.ipv4())).isFalse();
            assertThat(arrives(pod.ipv6())).isFalse();
        }
        assertThat(arrives(pod.ipv4())).isTrue();
        assertThat(arrives(pod.ipv6())).isTrue();
    }

    @Test
    void egressIsTheOtherWay() throws IOException {
        try (ClsactFilter link = attach(dropping, EGRESS, "firewall")) {
            assertThat(link.info().preference()).isEqualTo(ClsactHook.USUAL_PREFERENCE);
            // The question arrives, and so does no answer.
            assertThat(arrives(pod.ipv4())).isFalse();
        }
        assertThat(arrives(pod.ipv4())).isTrue();
    }

    @Test
    void anUpdateChangesTheVerdictInPlace() throws IOException {
        try (ClsactFilter link = attach(dropping, INGRESS, "firewall")) {
            OwnedFilter before = link.info();
            link.update(passing);
            assertThat(arrives(pod.ipv4())).isTrue();
            assertThat(link.info().handle()).isEqualTo(before.handle());
            assertThat(link.info().programId()).isEqualTo(passing.info().id());
            link.update(dropping);
            assertThat(arrives(pod.ipv4())).isFalse();
        }
    }

    @Test
    void noPacketPassesWhileOneDroppingProgramReplacesAnother() throws Exception {
        BpfProgram second = program("dropping2", TC_ACT_SHOT);
        ExecutorService threads = Executors.newSingleThreadExecutor();
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch sending = new CountDownLatch(1);
        try (DatagramSocket receiver = pod.datagrams(PORT);
                DatagramSocket sender = network.left().datagrams(0);
                ClsactFilter link = attach(dropping, INGRESS, "firewall")) {
            Future<Integer> sent = threads.submit(() -> {
                int count = 0;
                while (!done.get()) {
                    sender.send(packet(pod.ipv4()));
                    count++;
                    sending.countDown();
                }
                return count;
            });
            sending.await();
            for (int i = 0; i < 500; i++) {
                link.update(i % 2 == 0 ? second : dropping);
            }
            done.set(true);
            assertThat(sent.get()).isPositive();
            receiver.setSoTimeout(50);
            assertThatThrownBy(() -> receiver.receive(new DatagramPacket(new byte[16], 16)))
                    .isInstanceOf(SocketTimeoutException.class);
        } finally {
            done.set(true);
            threads.shutdown();
        }
    }

    @Test
    void someoneElsesFilterStillDropsWhatWeAcceptAndStaysWhenWeGo() throws IOException {
        ForeignFilters.addDiscipline(socket, pod.interfaceInfo(), "clsact");
        ForeignFilters.addBpf(socket, pod.interfaceInfo(), INGRESS, 100, 1, "theirs", dropping.fd());
        List<TcFilter> theirs = filters();
        assertThat(arrives(pod.ipv4())).isFalse();
        try (ClsactFilter link = attach(passing, INGRESS, "firewall")) {
            assertThat(link.before()).isEmpty();
            assertThat(filters()).hasSize(2);
            assertThat(arrives(pod.ipv4())).isFalse();
        }
        assertThat(filters()).isEqualTo(theirs);
        assertThat(arrives(pod.ipv4())).isFalse();
    }

    @Test
    void aFilterThatAcceptsBeforeOursIsReportedBecauseItOpensOurs() throws IOException {
        ForeignFilters.addDiscipline(socket, pod.interfaceInfo(), "clsact");
        ForeignFilters.addBpf(
                socket,
                pod.interfaceInfo(),
                INGRESS,
                1,
                1,
                "theirs",
                program("accepting", TC_ACT_OK).fd());
        try (ClsactFilter link = attach(dropping, INGRESS, "firewall")) {
            assertThat(arrives(pod.ipv4())).isTrue();
            assertThat(link.before()).singleElement().satisfies(filter -> assertThat(
                            filter.bpf().orElseThrow().name())
                    .isEqualTo("theirs"));
        }
    }

    @Test
    void oursIsInFrontOfAFilterThatAcceptsWhereThereIsRoom() throws IOException {
        ForeignFilters.addDiscipline(socket, pod.interfaceInfo(), "clsact");
        ForeignFilters.addAcceptAll(socket, pod.interfaceInfo(), INGRESS, 5);
        try (ClsactFilter link = attach(dropping, INGRESS, "firewall")) {
            assertThat(link.before()).isEmpty();
            assertThat(arrives(pod.ipv4())).isFalse();
        }
        assertThat(arrives(pod.ipv4())).isTrue();
    }

    @Test
    void aFilterThatIsLeftGoesOnAndIsTakenUpAgain() throws IOException {
        attach(dropping, INGRESS, "firewall").leave();
        assertThat(arrives(pod.ipv4())).isFalse();
        int id = dropping.info().id();
        assertThat(find("firewall", passing.info().id())).isEmpty();
        try (ClsactFilter found = find("firewall", id).orElseThrow()) {
            assertThat(found.info().programId()).isEqualTo(id);
            found.update(passing);
            assertThat(arrives(pod.ipv4())).isTrue();
        }
        assertThat(filters()).isEmpty();
    }

    @Test
    void theFilterKeepsItsProgramAliveAndClosingItFreesIt() {
        BpfProgram mine = program("mine", TC_ACT_UNSPEC);
        int id = mine.info().id();
        try (ClsactFilter link = attach(mine, INGRESS, "firewall")) {
            mine.close();
            assertThat(KernelObjects.programs()).extracting(ProgramInfo::id).contains(id);
            assertThat(link.info().programId()).isEqualTo(id);
        }
        Waits.until(() -> KernelObjects.programs().stream().noneMatch(program -> program.id() == id));
    }

    @Test
    void closingAfterTheInterfaceHasGoneIsQuiet() {
        ClsactFilter link = attach(dropping, INGRESS, "firewall");
        socket.interfaces().delete(pod.interfaceInfo());
        link.close();
        link.close();
    }

    @Test
    void anUpdateAfterSomeoneRemovedTheFilterSaysSo() {
        try (ClsactFilter link = attach(dropping, INGRESS, "firewall")) {
            ForeignFilters.removeAll(
                    socket, pod.interfaceInfo(), INGRESS, link.info().preference());
            assertThatThrownBy(() -> link.update(passing))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("someone has removed or replaced it");
        }
    }

    @Test
    void anUnknownInterfaceIsNamedAndNothingIsLeftOpen() {
        long before = descriptors();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> pod.namespace().call(() -> ClsactFilter.attach(dropping, 4711, INGRESS, "x")))
                    .isInstanceOf(UnknownInterfaceException.class)
                    .hasMessageContaining("'4711'")
                    .hasMessageContaining("veth-right");
        }
        waitForNoMoreDescriptorsThan(before);
    }

    @Test
    void attachingAndClosingLeavesNoDescriptor() {
        attach(dropping, INGRESS, "warm-up").close();
        long before = descriptors();
        for (int i = 0; i < 20; i++) {
            attach(dropping, INGRESS, "firewall").close();
        }
        waitForNoMoreDescriptorsThan(before);
        assertThat(filters()).isEmpty();
    }

    private BpfProgram program(String name, int verdict) {
        try (Fd fd = TestPrograms.schedCls(name, verdict)) {
            BpfProgram program = TestPrograms.owned(fd);
            programs.add(program);
            return program;
        }
    }

    private ClsactFilter attach(BpfProgram program, Direction direction, String name) {
        return pod.namespace()
                .call(() -> ClsactFilter.attach(program, pod.interfaceInfo().index(), direction, name));
    }

    private Optional<ClsactFilter> find(String name, int programId) {
        return pod.namespace().call(() -> ClsactFilter.find(pod.interfaceInfo().index(), INGRESS, name, programId));
    }

    private List<TcFilter> filters() {
        return socket.clsact(pod.interfaceInfo(), INGRESS).filters();
    }

    /** Sends a datagram into the pod and back, and tells whether the answer came. */
    private boolean arrives(InetAddress address) throws IOException {
        try (DatagramSocket inside = pod.datagrams(PORT);
                DatagramSocket outside = network.left().datagrams(0)) {
            inside.setSoTimeout(250);
            outside.setSoTimeout(250);
            outside.send(packet(address));
            DatagramPacket question = new DatagramPacket(new byte[16], 16);
            inside.receive(question);
            inside.send(new DatagramPacket(new byte[] {2}, 1, question.getSocketAddress()));
            outside.receive(new DatagramPacket(new byte[16], 16));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static DatagramPacket packet(InetAddress to) {
        return new DatagramPacket(new byte[] {1}, 1, new InetSocketAddress(to, PORT));
    }

    /** Fewer are fine: what earlier tests have dropped is closed when the collector finds it. */
    private static void waitForNoMoreDescriptorsThan(long before) {
        Waits.until(() -> descriptors() <= before);
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
