package io.jbpf.netlink;

import static io.jbpf.netlink.Direction.EGRESS;
import static io.jbpf.netlink.Direction.INGRESS;
import static io.jbpf.testkit.TestPrograms.TC_ACT_UNSPEC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.SystemCallException;
import io.jbpf.sys.Fd;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.RequiresTool;
import io.jbpf.testkit.TestPrograms;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@KernelTest
class ClsactHookTest {
    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final RouteSocket socket = namespace.call(RouteSocket::open);
    private final InterfaceInfo veth = socket.interfaces().createVeth("veth0", "veth1");
    private final ClsactHook ingress = socket.clsact(veth, INGRESS);
    private final ClsactHook egress = socket.clsact(veth, EGRESS);
    private final Fd program = TestPrograms.schedCls("ours", TC_ACT_UNSPEC);
    private final Fd other = TestPrograms.schedCls("other", TC_ACT_UNSPEC);

    @AfterEach
    void removeAll() {
        program.close();
        other.close();
        socket.close();
        namespace.close();
    }

    @Test
    void anInterfaceWithoutClsactHasNoFilters() {
        assertThat(ingress.filters()).isEmpty();
        assertThat(egress.filters()).isEmpty();
        assertThat(ingress.find("firewall", 1)).isEmpty();
    }

    @Test
    void whatIsAddedIsListed() {
        OwnedFilter added = add(ingress, "firewall", program);
        assertThat(ingress.filters()).singleElement().satisfies(filter -> {
            assertThat(filter.kind()).isEqualTo("bpf");
            assertThat(filter.preference()).isEqualTo(ClsactHook.USUAL_PREFERENCE);
            assertThat(filter.handle()).isEqualTo(added.handle());
            assertThat(filter.protocol()).isEqualTo(3);
            assertThat(filter.chain()).isZero();
            TcFilter.Bpf bpf = filter.bpf().orElseThrow();
            assertThat(bpf.name()).isEqualTo("jbpf:firewall");
            assertThat(bpf.programId()).isEqualTo(added.programId()).isPositive();
            assertThat(bpf.tag()).matches("[0-9a-f]{16}");
            assertThat(bpf.directAction()).isTrue();
        });
        assertThat(egress.filters()).isEmpty();
    }

    @Test
    void ingressAndEgressAreTwoPlaces() {
        add(egress, "out", program);
        add(ingress, "in", program);
        assertThat(names(ingress)).containsExactly("jbpf:in");
        assertThat(names(egress)).containsExactly("jbpf:out");
    }

    @Test
    void aReplacedProgramKeepsItsPlace() {
        OwnedFilter first = add(ingress, "firewall", program);
        OwnedFilter second = replace(ingress, first, other);
        assertThat(second.programId()).isNotEqualTo(first.programId());
        assertThat(second.handle()).isEqualTo(first.handle());
        assertThat(second.preference()).isEqualTo(first.preference());
        assertThat(ingress.filters()).singleElement().matches(second::is);
    }

    @Test
    void theStaleSideOfAReplacementCanNoLongerTouchTheFilter() {
        OwnedFilter first = add(ingress, "firewall", program);
        OwnedFilter second = replace(ingress, first, other);
        assertThat(ingress.remove(first)).isFalse();
        assertThatThrownBy(() -> replace(ingress, first, program)).isInstanceOf(BpfException.class);
        assertThat(ingress.filters()).singleElement().matches(second::is);
    }

    @Test
    void removingLeavesOtherFiltersAndTheClsact() {
        ForeignFilters.addDiscipline(socket, veth, "clsact");
        ForeignFilters.addBpf(socket, veth, INGRESS, 1, 1, "theirs", other);
        ForeignFilters.addAcceptAll(socket, veth, INGRESS, 49152);
        List<TcFilter> before = ingress.filters();
        OwnedFilter added = add(ingress, "firewall", program);
        assertThat(ingress.remove(added)).isTrue();
        assertThat(ingress.filters()).isEqualTo(before).hasSize(2);
        assertThat(ingress.remove(added)).isFalse();
    }

    @Test
    void oursRunsBeforeTheFirstOfSomeoneElsesWhereThereIsRoom() {
        ForeignFilters.addDiscipline(socket, veth, "clsact");
        ForeignFilters.addAcceptAll(socket, veth, INGRESS, 3);
        OwnedFilter added = add(ingress, "firewall", program);
        assertThat(added.preference()).isEqualTo(2);
        assertThat(ingress.before(added)).isEmpty();
    }

    @Test
    void filtersThatRunBeforeOursAreReported() {
        ForeignFilters.addDiscipline(socket, veth, "clsact");
        ForeignFilters.addBpf(socket, veth, INGRESS, 1, 1, "theirs", other);
        ForeignFilters.addBpf(socket, veth, INGRESS, 1, 2, "theirs too", other);
        ForeignFilters.addAcceptAll(socket, veth, INGRESS, ClsactHook.USUAL_PREFERENCE);
        OwnedFilter added = add(ingress, "firewall", program);
        ForeignFilters.addBpf(socket, veth, INGRESS, 100, 1, "later", other);
        assertThat(added.preference()).isEqualTo(ClsactHook.USUAL_PREFERENCE + 1);
        // The newest of one preference runs first, and so it is listed.
        assertThat(ingress.before(added))
                .extracting(filter -> filter.bpf().map(TcFilter.Bpf::name).orElse(filter.kind()))
                .containsExactly("theirs too", "theirs", "u32");
    }

    @Test
    void twoOfOursSitSideBySide() {
        OwnedFilter first = add(ingress, "firewall", program);
        OwnedFilter second = add(ingress, "meter", other);
        assertThat(first.preference()).isEqualTo(second.preference());
        assertThat(first.handle()).isNotEqualTo(second.handle());
        assertThat(ingress.remove(first)).isTrue();
        assertThat(ingress.filters()).singleElement().matches(second::is);
    }

    @Test
    void aSecondOfTheSameNameIsRefused() {
        OwnedFilter added = add(ingress, "firewall", program);
        assertThatThrownBy(() -> add(ingress, "firewall", other))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("there is a filter named 'firewall' on ingress of interface veth0")
                .hasMessageContaining("program " + added.programId())
                .hasMessageEndingWith("tc filter del dev veth0 ingress pref 7 handle 0x"
                        + Integer.toHexString(added.handle()) + " bpf");
        assertThat(ingress.filters()).hasSize(1);
    }

    @Test
    void aFilterLeftBehindIsFoundByNameAndProgram() {
        OwnedFilter added = add(ingress, "firewall", program);
        OwnedFilter found = ingress.find("firewall", added.programId()).orElseThrow();
        assertThat(found.handle()).isEqualTo(added.handle());
        assertThat(ingress.find("firewall", added.programId() + 1)).isEmpty();
        assertThat(ingress.find("other", added.programId())).isEmpty();
        assertThat(egress.find("firewall", added.programId())).isEmpty();
        assertThat(ingress.remove(found)).isTrue();
    }

    @Test
    void aFilterOfAnothersWithOurNumbersIsLeftAlone() {
        OwnedFilter added = add(ingress, "firewall", program);
        ForeignFilters.replaceBpf(socket, veth, INGRESS, added, "jbpf:firewall", other);
        assertThat(ingress.remove(added)).isFalse();
        assertThatThrownBy(() -> replace(ingress, added, program))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("is no longer on ingress of interface veth0");
        ForeignFilters.replaceBpf(socket, veth, INGRESS, added, "theirs", program);
        assertThat(ingress.remove(added)).isFalse();
        assertThat(names(ingress)).containsExactly("theirs");
    }

    @Test
    void aFilterSomeoneRemovedIsGoneQuietly() {
        OwnedFilter added = add(ingress, "firewall", program);
        ForeignFilters.removeAll(socket, veth, INGRESS, added.preference());
        assertThat(ingress.remove(added)).isFalse();
        assertThatThrownBy(() -> ingress.before(added)).isInstanceOf(BpfException.class);
    }

    @Test
    void anInterfaceThatVanishesTakesItsFiltersAlong() {
        OwnedFilter added = add(ingress, "firewall", program);
        socket.interfaces().delete(veth);
        assertThat(ingress.filters()).isEmpty();
        assertThat(ingress.remove(added)).isFalse();
        assertThatThrownBy(() -> add(ingress, "again", program))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("ENODEV")
                .hasMessageContaining("veth0");
    }

    @Test
    void anOldIngressDisciplineServesIngressAndNeverEgress() {
        ForeignFilters.addDiscipline(socket, veth, "ingress");
        OwnedFilter added = add(ingress, "firewall", program);
        assertThat(ingress.filters()).singleElement().matches(added::is);
        assertThat(egress.filters()).isEmpty();
        assertThatThrownBy(() -> add(egress, "firewall", program))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("its place is taken by a qdisc 'ingress', which has no egress hook");
        assertThat(ingress.filters()).hasSize(1);
    }

    @Test
    void aDescriptorThatIsNoProgramIsTheKernelsRefusal() {
        assertThatThrownBy(() -> ingress.add("firewall", 1_000_000))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("cannot add filter 'firewall' to ingress of interface veth0");
        assertThat(ingress.filters()).isEmpty();
    }

    @Test
    void aNameThatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> ingress.add("", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ingress.add("x".repeat(251), 0)).isInstanceOf(IllegalArgumentException.class);
        add(ingress, "x".repeat(250), program);
        assertThat(names(ingress)).containsExactly("jbpf:" + "x".repeat(250));
    }

    @Test
    @RequiresTool("tc")
    void tcSeesWhatWeSee() throws Exception {
        OwnedFilter added = add(egress, "firewall", program);
        Process tc = namespace.call(() -> new ProcessBuilder("tc", "filter", "show", "dev", "veth0", "egress")
                .redirectErrorStream(true)
                .start());
        String text = new String(tc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tc.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(text)
                .contains("pref " + added.preference() + " bpf")
                .contains("handle 0x" + Integer.toHexString(added.handle()) + " jbpf:firewall direct-action")
                .contains("id " + added.programId());
        assertThatThrownBy(() -> add(egress, "firewall", other)).satisfies(refusal -> {
            String advice = String.valueOf(refusal.getMessage()).replaceFirst(".*: tc ", "tc ");
            assertThat(namespace
                            .call(() -> new ProcessBuilder(advice.split(" ", -1))
                                    .inheritIO()
                                    .start())
                            .waitFor())
                    .isZero();
        });
        assertThat(egress.filters()).isEmpty();
    }

    private static List<String> names(ClsactHook hook) {
        return hook.filters().stream()
                .map(filter -> filter.bpf().map(TcFilter.Bpf::name).orElse(""))
                .toList();
    }

    private static OwnedFilter add(ClsactHook hook, String name, Fd program) {
        int descriptor = program.acquire();
        try {
            return hook.add(name, descriptor);
        } finally {
            program.release();
        }
    }

    private static OwnedFilter replace(ClsactHook hook, OwnedFilter filter, Fd program) {
        int descriptor = program.acquire();
        try {
            return hook.replace(filter, descriptor);
        } finally {
            program.release();
        }
    }
}
