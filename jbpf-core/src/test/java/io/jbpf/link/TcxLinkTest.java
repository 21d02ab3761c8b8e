package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.link.AttachedPrograms.Entry;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.object.AttachType;
import io.jbpf.probe.KernelProbes;
import io.jbpf.probe.LinkFeature;
import io.jbpf.testkit.KernelSupport;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.function.Executable;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class TcxLinkTest {
    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End end = network.right();
    private final int index = end.interfaceInfo().index();
    private LinkObject object;

    @BeforeEach
    void load() {
        object = LinkObject.load("first", "second", "third");
    }

    @AfterEach
    void removeAll() {
        object.close();
        network.close();
    }

    private TcxLink attach(String program, Anchor anchor) {
        return end.namespace()
                .call(() -> TcxLink.attach(object.program(program), index, AttachType.TCX_INGRESS, anchor));
    }

    private AttachedPrograms attached() {
        return end.namespace().call(() -> AttachedPrograms.ofTcx(index, AttachType.TCX_INGRESS));
    }

    /** The digits of the programs that one packet met. */
    private long order() throws IOException {
        object.set("order", 0);
        assertThat(Datagrams.arrive(network)).isTrue();
        return object.get("order");
    }

    private void whereThereIsTcx(TestReporter reporter, Executable test) throws Throwable {
        if (KernelSupport.isMissing(KernelProbes.link(LinkFeature.TCX), "TCX links (Linux 6.6)", reporter)) {
            assertThatThrownBy(() -> attach("first", Anchor.LAST))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("6.6");
            assertThatThrownBy(this::attached).isInstanceOf(UnsupportedFeatureException.class);
            return;
        }
        test.execute();
    }

    @Test
    void programsRunInTheOrderOfTheirAnchors(TestReporter reporter) throws Throwable {
        whereThereIsTcx(reporter, () -> {
            try (TcxLink one = attach("first", Anchor.LAST);
                    TcxLink two = attach("second", Anchor.LAST)) {
                assertThat(order()).isEqualTo(12);
                try (TcxLink three = attach("third", Anchor.FIRST)) {
                    assertThat(order()).isEqualTo(312);
                }
                try (TcxLink three = attach("third", Anchor.before(two))) {
                    assertThat(order()).isEqualTo(132);
                }
                try (TcxLink three = attach("third", Anchor.after(one))) {
                    assertThat(order()).isEqualTo(132);
                    assertThat(attached().entries())
                            .isEqualTo(List.of(entry("first", one), entry("third", three), entry("second", two)));
                }
                // One that is known by the listing alone.
                Entry theirs = attached().entries().get(1);
                try (TcxLink three = attach("third", Anchor.after(theirs))) {
                    assertThat(order()).isEqualTo(123);
                }
                try (TcxLink three = attach("third", Anchor.before(theirs))) {
                    assertThat(order()).isEqualTo(132);
                }
                assertThat(order()).isEqualTo(12);
            }
            assertThat(attached().entries()).isEmpty();
        });
    }

    @Test
    void aStaleRevisionIsRefused(TestReporter reporter) throws Throwable {
        whereThereIsTcx(reporter, () -> {
            long revision = attached().revision();
            try (TcxLink one = attach("first", Anchor.LAST.ifStill(revision))) {
                assertThat(attached().revision()).isNotEqualTo(revision);
                assertThatThrownBy(() -> attach("second", Anchor.FIRST.ifStill(revision)))
                        .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                                .isEqualTo(Errno.ESTALE))
                        .hasMessageContaining("somebody has attached or detached");
                assertThat(attached().entries()).containsExactly(entry("first", one));
            }
        });
    }

    @Test
    void aNeighbourThatIsElsewhereIsRefused(TestReporter reporter) throws Throwable {
        whereThereIsTcx(reporter, () -> {
            Anchor nobody = Anchor.before(object.program("second"));
            assertThatThrownBy(() -> attach("first", nobody))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("is not attached there");
            assertThatThrownBy(() -> end.namespace()
                            .call(() -> TcxLink.attach(object.program("first"), 4711, AttachType.TCX_INGRESS)))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("no interface of that index");
        });
    }

    @Test
    void theLinkIsUpdatedInPlaceAndComesBack(TestReporter reporter) throws Throwable {
        whereThereIsTcx(reporter, () -> {
            TcxLink link = attach("first", Anchor.LAST);
            link.update(object.program("third"));
            assertThat(order()).isEqualTo(3);
            assertThat(link.info().details())
                    .isInstanceOfSatisfying(TcxLink.Info.class, info -> assertThat(info.interfaceIndex())
                            .isEqualTo(index));
            LinkObject.checkTypedOpening(link, TcxLink.class);
            LinkObject.leavesNoDescriptor(() -> attach("first", Anchor.FIRST).close());
        });
    }

    @Test
    void tellsWhetherItIsAttachedStill(TestReporter reporter) throws Throwable {
        whereThereIsTcx(reporter, () -> {
            try (TcxLink taken = attach("first", Anchor.LAST);
                    TcxLink left = attach("second", Anchor.LAST)) {
                assertThat(taken.isAttached()).isTrue();
                try (TcxLink sameLink = KernelLink.openById(taken.info().id(), TcxLink.class)) {
                    sameLink.detach();
                }
                assertThat(taken.isAttached()).isFalse();
                assertThat(left.isAttached()).isTrue();

                try (RouteSocket socket = end.namespace().call(RouteSocket::open)) {
                    socket.interfaces().delete(end.interfaceInfo());
                }
                assertThat(left.isAttached()).isFalse();
            }
        });
    }

    private Entry entry(String program, TcxLink link) {
        return new Entry(object.program(program).info().id(), link.info().id());
    }
}
