package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.SystemCallException;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.UnknownInterfaceException;
import io.jbpf.netlink.XdpHook;
import io.jbpf.netlink.XdpMode;
import io.jbpf.program.BpfProgram;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class XdpLinkTest {
    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End end = network.right();
    private final int index = end.interfaceInfo().index();
    private final RouteSocket socket = end.routeSocket();
    private final XdpHook hook = socket.xdp(end.interfaceInfo());
    private final LinkObject object = LinkObject.load("drops_frames", "passes_frames");
    private final BpfProgram dropping = object.program("drops_frames");
    private final BpfProgram passing = object.program("passes_frames");

    @AfterEach
    void removeAll() {
        object.close();
        socket.close();
        network.close();
    }

    private XdpLink link(BpfProgram program, XdpMode mode) {
        return end.namespace().call(() -> XdpLink.attach(program, index, mode));
    }

    private XdpAttachment attachment(BpfProgram program, XdpMode mode) {
        return end.namespace().call(() -> XdpAttachment.attach(program, index, mode));
    }

    private boolean arrives() throws IOException {
        return Datagrams.arrive(network);
    }

    @ParameterizedTest
    @EnumSource(names = {"ANY", "GENERIC", "NATIVE"})
    void framesAreDroppedFromAttachToClose(XdpMode mode) throws IOException {
        try (XdpLink link = link(dropping, mode)) {
            assertThat(link.description()).contains("XDP of interface " + index);
            assertThat(arrives()).isFalse();
            XdpMode where = mode == XdpMode.ANY ? XdpMode.NATIVE : mode; // veth has native XDP
            assertThat(hook.programs()).isEqualTo(Map.of(where, id(dropping)));
        }
        assertThat(object.get("hits")).isPositive();
        assertThat(hook.programs()).isEmpty();
        assertThat(arrives()).isTrue();
    }

    @Test
    void anUpdateChangesTheVerdictInPlace() throws IOException {
        try (XdpLink link = link(dropping, XdpMode.GENERIC)) {
            link.update(passing);
            assertThat(arrives()).isTrue();
            assertThat(link.info().programId()).isEqualTo(id(passing));
            link.update(dropping);
            assertThat(arrives()).isFalse();
            link.detach();
            assertThat(arrives()).isTrue();
        }
    }

    @Test
    void theLinkTellsItsInterfaceAndComesBack() throws IOException {
        XdpLink link = link(passing, XdpMode.GENERIC);
        assertThat(link.info().details()).isEqualTo(new XdpLink.Info(index));
        LinkObject.checkTypedOpening(link, XdpLink.class);
    }

    @Test
    void whoIsThereAlreadyIsTold() {
        try (Link first = link(passing, XdpMode.GENERIC)) {
            assertThatThrownBy(() -> link(dropping, XdpMode.GENERIC))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("EBUSY")
                    .hasMessageContaining("generic mode=" + id(passing));
            assertThatThrownBy(() -> attachment(dropping, XdpMode.GENERIC))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("generic mode=" + id(passing));
            assertThat(hook.programs()).containsValue(id(passing));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GENERIC", "NATIVE"})
    void throughNetlinkFramesAreDroppedToo(XdpMode mode) throws IOException {
        try (XdpAttachment attachment = attachment(dropping, mode)) {
            assertThat(attachment.description()).contains("program 'drops_frames'", "veth-right", "mode");
            assertThat(arrives()).isFalse();
            attachment.update(passing);
            assertThat(arrives()).isTrue();
            assertThat(hook.programs()).isEqualTo(Map.of(mode, id(passing)));
        }
        assertThat(hook.programs()).isEmpty();
    }

    @Test
    void anothersProgramIsNeitherReplacedNorRemoved() {
        try (XdpAttachment theirs = attachment(passing, XdpMode.GENERIC)) {
            assertThatThrownBy(() -> attachment(dropping, XdpMode.GENERIC))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("generic mode=" + id(passing));
            assertThat(hook.programs()).containsValue(id(passing));
        }
        // Ours is replaced behind our back, as "ip link set xdp" does.
        XdpAttachment ours = attachment(passing, XdpMode.GENERIC);
        int theirs = dropping.fd().acquire();
        int expected = passing.fd().acquire();
        try {
            hook.replace(theirs, expected, XdpMode.GENERIC);
            assertThatThrownBy(() -> ours.update(passing))
                    .isInstanceOfSatisfying(SystemCallException.class, e -> assertThat(e.errno())
                            .isEqualTo(Errno.EEXIST));
            ours.close();
            assertThat(hook.programs()).containsValue(id(dropping));
            hook.detach(theirs, id(dropping), XdpMode.GENERIC);
            assertThat(hook.programs()).isEmpty();
        } finally {
            passing.fd().release();
            dropping.fd().release();
        }
    }

    @Test
    void oneThatIsLeftStays() throws IOException {
        attachment(dropping, XdpMode.GENERIC).leave();
        assertThat(arrives()).isFalse();
    }

    @Test
    void closingAfterTheInterfaceHasGoneIsQuiet() {
        XdpAttachment attachment = attachment(dropping, XdpMode.GENERIC);
        socket.interfaces().delete(end.interfaceInfo());
        attachment.close();
    }

    @Test
    void anUnknownInterfaceIsNamed() {
        assertThatThrownBy(() -> end.namespace().call(() -> XdpLink.attach(dropping, 4711)))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("interface 4711")
                .hasMessageContaining("in this network namespace?");
        assertThatThrownBy(() -> end.namespace().call(() -> XdpAttachment.attach(dropping, 4711, XdpMode.ANY)))
                .isInstanceOf(UnknownInterfaceException.class);
        assertThatThrownBy(() -> link(dropping, XdpMode.OFFLOADED)).isInstanceOf(SystemCallException.class);
    }

    @Test
    void attachingAndClosingLeavesNoDescriptor() {
        LinkObject.leavesNoDescriptor(() -> link(passing, XdpMode.GENERIC).close());
        LinkObject.leavesNoDescriptor(() -> attachment(passing, XdpMode.GENERIC).close());
    }

    private static int id(BpfProgram program) {
        return program.info().id();
    }
}
