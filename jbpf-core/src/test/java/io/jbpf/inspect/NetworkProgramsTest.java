package io.jbpf.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.BpfObject;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.inspect.NetworkPrograms.OnInterface;
import io.jbpf.link.AttachedPrograms.Entry;
import io.jbpf.link.ClsactFilter;
import io.jbpf.link.NetnsLink;
import io.jbpf.link.TcxLink;
import io.jbpf.link.XdpLink;
import io.jbpf.netlink.Direction;
import io.jbpf.netlink.ForeignFilters;
import io.jbpf.netlink.NetworkNamespace;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.TcFilter;
import io.jbpf.netlink.XdpMode;
import io.jbpf.object.AttachType;
import io.jbpf.object.ObjectSpec;
import io.jbpf.program.BpfProgram;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.TestObjects;
import io.jbpf.testkit.TestPrograms;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class NetworkProgramsTest {
    private final TestNetwork network = TestNetwork.create();
    private final NetworkNamespace namespace = network.right().namespace();
    private final int index = network.right().interfaceInfo().index();

    @AfterEach
    void removeAll() {
        network.close();
    }

    private static BpfObject load(String... programs) {
        ObjectSpec spec = TestObjects.read("links");
        for (String name : programs) {
            spec = spec.withProgram(name, program -> program.withAutoload(true));
        }
        return BpfObject.load(spec);
    }

    @Test
    void aNamespaceWithoutProgramsIsEmpty() {
        assertThat(NetworkPrograms.in(namespace)).isEqualTo(new NetworkPrograms(List.of(), Map.of()));
    }

    @Test
    void xdpAndFiltersAreThereWhosoeverTheyAre() {
        try (BpfObject object = load("passes_frames");
                Fd foreign = TestPrograms.schedCls("foreign", TestPrograms.TC_ACT_UNSPEC);
                BpfProgram foreignProgram = TestPrograms.owned(foreign);
                BpfProgram ours = TestPrograms.owned(TestPrograms.schedCls("ours", TestPrograms.TC_ACT_UNSPEC));
                RouteSocket socket = network.right().routeSocket()) {
            BpfProgram xdp = object.program("passes_frames");
            ForeignFilters.addDiscipline(socket, network.right().interfaceInfo(), "clsact");
            ForeignFilters.addBpf(
                    socket, network.right().interfaceInfo(), Direction.EGRESS, 3, 0x11, "foreign.o:[x]", foreign);
            try (XdpLink link = namespace.call(() -> XdpLink.attach(xdp, index, XdpMode.GENERIC));
                    ClsactFilter filter =
                            namespace.call(() -> ClsactFilter.attach(ours, index, Direction.INGRESS, "listed"))) {
                NetworkPrograms programs = NetworkPrograms.in(namespace);

                assertThat(programs.namespace()).isEmpty();
                assertThat(programs.interfaces()).singleElement().satisfies(on -> {
                    assertThat(on.on().index()).isEqualTo(index);
                    assertThat(on.xdp())
                            .isEqualTo(Map.of(XdpMode.GENERIC, xdp.info().id()));
                    assertThat(on.hooks()).isEmpty();
                    assertThat(only(on, Direction.INGRESS).bpf().orElseThrow())
                            .isEqualTo(new TcFilter.Bpf(
                                    "jbpf:listed", ours.info().id(), ours.info().tag(), true));
                    TcFilter theirs = only(on, Direction.EGRESS);
                    assertThat(theirs.preference()).isEqualTo(3);
                    assertThat(theirs.handle()).isEqualTo(0x11);
                    assertThat(theirs.bpf().orElseThrow())
                            .isEqualTo(new TcFilter.Bpf(
                                    "foreign.o:[x]",
                                    foreignProgram.info().id(),
                                    foreignProgram.info().tag(),
                                    true));
                });
            }
            // Ours has gone, the other's is as it was.
            assertThat(NetworkPrograms.in(namespace).interfaces())
                    .singleElement()
                    .satisfies(on -> {
                        assertThat(on.xdp()).isEmpty();
                        assertThat(on.filters()).containsOnlyKeys(Direction.EGRESS);
                    });
        }
    }

    private static TcFilter only(OnInterface on, Direction direction) {
        List<TcFilter> filters = on.filters().getOrDefault(direction, List.of());
        assertThat(filters).hasSize(1);
        return filters.get(0);
    }

    @Test
    void tcxIsInOrderWithItsLinks(TestReporter reporter) {
        try (BpfObject object = BpfObject.load(TestObjects.read("attach"))) {
            BpfProgram first = object.program("on_ingress");
            BpfProgram second = object.program("drop_all");
            try (TcxLink one = namespace.call(() -> TcxLink.attach(first, index, AttachType.TCX_INGRESS));
                    TcxLink two = namespace.call(() -> TcxLink.attach(second, index, AttachType.TCX_INGRESS))) {
                assertThat(NetworkPrograms.in(namespace).interfaces())
                        .singleElement()
                        .satisfies(on -> {
                            assertThat(on.filters()).isEmpty();
                            assertThat(on.hooks())
                                    .isEqualTo(Map.of(
                                            AttachType.TCX_INGRESS,
                                            List.of(
                                                    new Entry(
                                                            first.info().id(),
                                                            one.info().id()),
                                                    new Entry(
                                                            second.info().id(),
                                                            two.info().id()))));
                        });
            } catch (UnsupportedFeatureException e) {
                assertThat(NetworkPrograms.in(namespace).interfaces()).isEmpty();
                KernelSupport.lacks(reporter, "TCX (Linux 6.6)");
            }
        }
    }

    @Test
    void theNamespaceItselfHasPrograms() {
        try (BpfObject object = load("refuses_lookups");
                NetnsLink link = NetnsLink.attach(object.program("refuses_lookups"), namespace, AttachType.SK_LOOKUP)) {
            assertThat(NetworkPrograms.in(namespace).namespace())
                    .isEqualTo(Map.of(
                            AttachType.SK_LOOKUP,
                            List.of(new Entry(
                                    object.program("refuses_lookups").info().id(), 0))));
        }
        assertThat(NetworkPrograms.in(namespace).namespace()).isEmpty();
    }
}
