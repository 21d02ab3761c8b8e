package io.jbpf.netlink;

import static io.jbpf.netlink.Direction.EGRESS;
import static io.jbpf.netlink.Direction.INGRESS;
import static io.jbpf.testkit.TestPrograms.TC_ACT_OK;
import static io.jbpf.testkit.TestPrograms.TC_ACT_UNSPEC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.program.BpfProgram;
import io.jbpf.program.ProgramInfo;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestPrograms;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class MarkedFiltersTest {
    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final RouteSocket socket = namespace.call(RouteSocket::open);
    private final InterfaceInfo first = socket.interfaces().createVeth("veth0", "veth1");
    private final InterfaceInfo second = socket.interfaces().get("veth1");
    private final InterfaceInfo third = socket.interfaces().createVeth("veth2", "veth3");
    private final Fd program = TestPrograms.schedCls("ours", TC_ACT_UNSPEC);
    private final Fd other = TestPrograms.schedCls("other", TC_ACT_OK);
    private final ProgramInfo info = info(program);
    private final MarkedFilters marked = socket.markedFilters();

    private static ProgramInfo info(Fd program) {
        try (BpfProgram opened = TestPrograms.owned(program)) {
            return opened.info();
        }
    }

    @AfterEach
    void removeAll() {
        program.close();
        other.close();
        socket.close();
        namespace.close();
    }

    private OwnedFilter add(InterfaceInfo on, Direction direction, String name, Fd what) {
        int descriptor = what.acquire();
        try {
            return socket.clsact(on, direction).add(name, descriptor);
        } finally {
            what.release();
        }
    }

    private void addForeign(InterfaceInfo on) {
        ForeignFilters.addBpf(socket, on, INGRESS, 1, 1, "theirs", program);
        ForeignFilters.addAcceptAll(socket, on, INGRESS, 49152);
    }

    private List<TcFilter> everyFilter() {
        return socket.interfaces().list().stream()
                .flatMap(on -> List.of(INGRESS, EGRESS).stream()
                        .flatMap(direction -> socket.clsact(on, direction).filters().stream()))
                .toList();
    }

    @Test
    void whereNothingIsNothingIsListed() {
        assertThat(marked.list()).isEmpty();
        assertThat(marked.remove("firewall", info.tag())).isEmpty();
    }

    @Test
    void thoseOfAllInterfacesAreListedWithNameProgramAndTag() {
        OwnedFilter in = add(first, INGRESS, "firewall", program);
        add(first, EGRESS, "meter", other);
        add(third, EGRESS, "firewall", program);
        addForeign(first);
        ForeignFilters.addDiscipline(socket, second, "ingress");
        addForeign(second);
        assertThat(marked.list())
                .extracting(MarkedFilter::on, MarkedFilter::direction, MarkedFilter::name, MarkedFilter::tag)
                .containsExactly(
                        tuple(first, INGRESS, "firewall", info.tag()),
                        tuple(first, EGRESS, "meter", info(other).tag()),
                        tuple(third, EGRESS, "firewall", info.tag()));
        assertThat(marked.list(first).get(0)).satisfies(filter -> {
            assertThat(filter.programId()).isEqualTo(info.id());
            assertThat(filter.handle()).isEqualTo(in.handle());
            assertThat(filter.preference()).isEqualTo(in.preference());
            assertThat(filter.toString()).contains("filter 'firewall'", "veth0", info.tag());
        });
        assertThat(marked.list(second)).isEmpty();
    }

    private static org.assertj.core.groups.Tuple tuple(Object... values) {
        return org.assertj.core.groups.Tuple.tuple(values);
    }

    @Test
    void whatACrashedOwnerHasLeftIsRemovedAndNothingElse() {
        for (InterfaceInfo on : List.of(first, second, third)) {
            add(on, INGRESS, "meter", program);
            add(on, INGRESS, "firewall-2", program);
            addForeign(on);
        }
        add(third, EGRESS, "firewall", other);
        List<TcFilter> others = everyFilter();
        add(first, INGRESS, "firewall", program);
        add(second, EGRESS, "firewall", program);
        add(third, INGRESS, "firewall", program);
        assertThat(marked.remove("firewall", info.tag()))
                .extracting(MarkedFilter::on)
                .containsExactlyInAnyOrder(first, second, third);
        assertThat(everyFilter()).containsExactlyInAnyOrderElementsOf(others);
        assertThat(marked.remove("firewall", info.tag())).isEmpty();
    }

    @Test
    void oneInterfaceCanBeCleanedAlone() {
        add(first, INGRESS, "firewall", program);
        add(third, INGRESS, "firewall", program);
        assertThat(marked.remove(third, "firewall", info.tag()))
                .extracting(MarkedFilter::on)
                .containsExactly(third);
        assertThat(marked.list()).extracting(MarkedFilter::on).containsExactly(first);
    }

    @Test
    void aFilterWithTheMarkAndTheNameOfAnotherProgramStays() {
        add(first, INGRESS, "firewall", other);
        // As somebody might who mimics the mark.
        ForeignFilters.addBpf(socket, first, INGRESS, 9, 9, "jbpf:firewall", other);
        assertThat(marked.list()).hasSize(2);
        assertThat(marked.remove("firewall", info.tag())).isEmpty();
        assertThat(marked.list()).hasSize(2);
    }

    @Test
    void whatWasReplacedBetweenTheListingAndTheRemovalStays() {
        OwnedFilter added = add(first, INGRESS, "firewall", program);
        MarkedFilter listed = marked.list().get(0);
        ForeignFilters.replaceBpf(socket, first, INGRESS, added, "jbpf:firewall", other);
        assertThat(socket.clsact(first, INGRESS).remove(listed)).isFalse();
        ForeignFilters.replaceBpf(socket, first, INGRESS, added, "theirs", program);
        assertThat(socket.clsact(first, INGRESS).remove(listed)).isFalse();
        assertThat(everyFilter()).hasSize(1);
    }

    @Test
    void anInterfaceThatHasGoneHasNone() {
        add(first, INGRESS, "firewall", program);
        MarkedFilter listed = marked.list().get(0);
        socket.interfaces().delete(first);
        assertThat(marked.list(first)).isEmpty();
        assertThat(marked.list()).isEmpty();
        assertThat(socket.clsact(first, INGRESS).remove(listed)).isFalse();
    }

    @Test
    void anEmptyTagIsNoProof() {
        assertThatThrownBy(() -> marked.remove("firewall", "")).isInstanceOf(IllegalArgumentException.class);
    }
}
