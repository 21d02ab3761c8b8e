package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.netlink.Direction;
import io.jbpf.netlink.ForeignFilters;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.IpPrefix;
import io.jbpf.netlink.MarkedFilter;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.object.AttachType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Fifty veths in ten namespaces, each with a filter of another's, get a program attached, listed, updated and detached.
 * What each of them does is seen by a packet: programs write their digit, one behind the other. (With a thousand, and beside
 * a C program: {@code benchmarks/src/build/attach.sh}.)
 */
@KernelTest
@Tag(KernelSupport.SCALE)
class ManyInterfacesTest {
    private static final int NAMESPACES = 10;
    private static final int PAIRS = 25;
    private static final int PORT = 9999;
    private static final String NAME = "many";

    private final List<Space> spaces = new ArrayList<>();
    private final List<End> ends = new ArrayList<>();
    private LinkObject object;

    /** A namespace, with a socket for packets and one for netlink. */
    private record Space(NetworkNamespace namespace, RouteSocket route, DatagramSocket datagrams) {}

    /** One end of a pair, and from where a packet comes to it. */
    private record End(Space space, InterfaceInfo on, InetAddress address, Space opposite) {
        List<TcFilter> filters() {
            return space.route.clsact(on, Direction.INGRESS).filters();
        }
    }

    @BeforeEach
    void build() throws IOException {
        object = LinkObject.load("first", "second", "third");
        for (int i = 0; i < NAMESPACES; i++) {
            NetworkNamespace namespace = NetworkNamespace.create();
            spaces.add(new Space(
                    namespace, namespace.call(RouteSocket::open), namespace.call(() -> new DatagramSocket(PORT))));
        }
        for (int pair = 0; pair < PAIRS; pair++) {
            join(pair, spaces.get(pair % NAMESPACES), spaces.get((pair + 1) % NAMESPACES));
        }
        Waits.until(() -> ends.stream()
                .allMatch(
                        end -> end.space.route.interfaces().get(end.on.index()).running()));
        for (End end : ends) {
            ForeignFilters.addDiscipline(end.space.route, end.on, "clsact");
            ForeignFilters.addBpf(
                    end.space.route,
                    end.on,
                    Direction.INGRESS,
                    49152,
                    1,
                    "theirs",
                    object.program("third").fd());
        }
    }

    private void join(int pair, Space left, Space right) throws UnknownHostException {
        InterfaceInfo one = left.route.interfaces().createVeth("l" + pair, "r" + pair, right.namespace);
        InterfaceInfo two = right.route.interfaces().get("r" + pair);
        End first = new End(left, one, InetAddress.getByName("198.18." + pair + ".1"), right);
        End second = new End(right, two, InetAddress.getByName("198.18." + pair + ".2"), left);
        for (End end : List.of(first, second)) {
            end.space.route.interfaces().addAddress(end.on, new IpPrefix(end.address, 30));
            end.space.route.interfaces().setUp(end.on);
        }
        left.route.interfaces().addNeighbour(one, second.address, two.mac().orElseThrow());
        right.route.interfaces().addNeighbour(two, first.address, one.mac().orElseThrow());
        ends.add(first);
        ends.add(second);
    }

    @AfterEach
    void removeAll() {
        object.close();
        spaces.forEach(space -> {
            space.datagrams.close();
            space.route.close();
            space.namespace.close();
        });
    }

    /** The digits of the programs that a packet meets which comes to an end. */
    private long digits(End end) throws IOException {
        object.set("order", 0);
        end.space.datagrams.setSoTimeout(5000);
        end.opposite.datagrams.send(new DatagramPacket(new byte[1], 1, end.address, PORT));
        end.space.datagrams.receive(new DatagramPacket(new byte[1], 1));
        return object.get("order");
    }

    private void assertDigits(long expected) throws IOException {
        for (End end : ends) {
            assertThat(digits(end)).as(end.on + " of " + end.space.namespace).isEqualTo(expected);
        }
    }

    @Test
    void tcxProgramsComeAndGoAndFiltersOfOthersStay(TestReporter reporter) throws IOException {
        if (KernelSupport.isMissing(KernelProbes.link(LinkFeature.TCX), "TCX links (Linux 6.6)", reporter)) {
            return;
        }
        BpfProgram program = object.program("first");
        int id = program.info().id();
        List<TcxLink> links = new ArrayList<>();
        try {
            for (End end : ends) {
                links.add(end.space.namespace.call(
                        () -> TcxLink.attach(program, end.on.index(), AttachType.TCX_INGRESS)));
            }
            assertDigits(13);
            for (End end : ends) {
                assertThat(end.space.namespace.call(
                                () -> AttachedPrograms.ofTcx(end.on.index(), AttachType.TCX_INGRESS)))
                        .satisfies(there -> assertThat(there.entries())
                                .extracting(AttachedPrograms.Entry::programId)
                                .containsExactly(id));
            }
            links.forEach(link -> link.update(object.program("second")));
            assertDigits(23);
        } finally {
            links.forEach(TcxLink::close);
        }
        assertDigits(3);
    }

    @Test
    void clsactFiltersComeAndGoAndThoseOfOthersStay() throws IOException {
        List<List<TcFilter>> others = ends.stream().map(End::filters).toList();
        assertThat(others).allSatisfy(there -> assertThat(there).hasSize(1));
        BpfProgram program = object.program("first");
        List<ClsactFilter> filters = new ArrayList<>();
        for (End end : ends) {
            filters.add(ClsactFilter.attach(program, end.space.route, end.on, Direction.INGRESS, NAME));
        }
        assertDigits(13);
        assertThat(spaces.stream()
                        .mapToLong(space -> space.route.markedFilters().list().size()))
                .allMatch(each -> each > 0)
                .satisfies(each -> assertThat(
                                each.stream().mapToLong(Long::longValue).sum())
                        .isEqualTo(ends.size()));
        filters.forEach(filter -> filter.update(object.program("second")));
        assertDigits(23);
        filters.forEach(ClsactFilter::close);
        assertDigits(3);
        assertThat(ends.stream().map(End::filters)).isEqualTo(others);
    }

    @Test
    void whatAnOwnerLeftBehindEverywhereIsFoundAndRemoved() throws IOException {
        List<List<TcFilter>> others = ends.stream().map(End::filters).toList();
        BpfProgram program = object.program("first");
        for (End end : ends) {
            ClsactFilter.attach(program, end.space.route, end.on, Direction.INGRESS, NAME)
                    .leave();
        }
        assertDigits(13);
        List<MarkedFilter> removed = new ArrayList<>();
        spaces.forEach(space -> removed.addAll(
                space.route.markedFilters().remove(NAME, program.info().tag())));
        assertThat(removed).hasSameSizeAs(ends);
        assertDigits(3);
        assertThat(ends.stream().map(End::filters)).isEqualTo(others);
    }
}
