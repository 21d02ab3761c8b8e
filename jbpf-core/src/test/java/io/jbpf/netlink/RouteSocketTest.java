package io.jbpf.netlink;

import static io.jbpf.netlink.ScriptedNetlink.acknowledgement;
import static io.jbpf.netlink.ScriptedNetlink.done;
import static io.jbpf.netlink.ScriptedNetlink.join;
import static io.jbpf.netlink.ScriptedNetlink.link;
import static io.jbpf.netlink.ScriptedNetlink.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.error.BpfException;
import io.jbpf.error.Errno;
import io.jbpf.error.MalformedObjectException;
import io.jbpf.error.SystemCallException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** How a conversation goes, with a kernel that says what the test wants. */
class RouteSocketTest {
    private static final int NLM_F_DUMP_INTR = 0x10;

    private final ScriptedNetlink kernel = new ScriptedNetlink();
    private final RouteSocket socket = RouteSocket.open(kernel.calls(), Duration.ofSeconds(5));

    @Test
    void aListingOfSeveralDatagramsIsOneList() {
        kernel.datagram(n -> join(link(n, 2, 1, "lo"), link(n, 2, 2, "eth0")))
                .datagram(n -> link(n, 2, 3, "veth"))
                .datagram(n -> done(n, 2));
        assertThat(socket.interfaces().list()).extracting(InterfaceInfo::name).containsExactly("lo", "eth0", "veth");
    }

    @Test
    void anInterruptedListingIsReadAgain() {
        kernel.datagram(n -> link(n, 2 | NLM_F_DUMP_INTR, 1, "old"))
                .datagram(n -> done(n, 2))
                .datagram(n -> join(link(n, 2, 1, "new"), done(n, 2)));
        assertThat(socket.interfaces().list()).extracting(InterfaceInfo::name).containsExactly("new");
        assertThat(kernel.sent()).hasSize(2);
    }

    @Test
    void aListingThatIsAlwaysInterruptedEndsInAnError() {
        for (int i = 0; i < 100; i++) {
            kernel.datagram(n -> done(n, NLM_F_DUMP_INTR));
        }
        RouteSocket impatient = RouteSocket.open(kernel.calls(), Duration.ofNanos(1));
        assertThatThrownBy(() -> impatient.interfaces().list())
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("changed all the time while it was read");
    }

    @Test
    void aLateAnswerToAnotherRequestIsSkipped() {
        kernel.datagram(n -> join(link(n - 1, 2, 9, "stale"), done(n - 1, 2)))
                .datagram(n -> join(link(n, 2, 1, "lo"), done(n, 2)));
        assertThat(socket.interfaces().list()).extracting(InterfaceInfo::name).containsExactly("lo");
    }

    @Test
    void aRefusalHasTheKernelsOwnWords() {
        kernel.datagram(n -> acknowledgement(n, -22, "Attribute failed policy validation"));
        assertThatThrownBy(() -> socket.interfaces().createVeth("a", "b"))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                .hasMessage("cannot create veth pair 'a' and 'b': rtnetlink(RTM_NEWLINK): EINVAL (Invalid argument);"
                        + " the kernel says: Attribute failed policy validation");
        assertThat(kernel.closed()).isZero();
    }

    @Test
    void aRefusalWithoutWordsSaysWhatItCan() {
        kernel.datagram(n -> acknowledgement(n, -1, ""));
        assertThatThrownBy(() -> socket.interfaces().createVeth("a", "b"))
                .hasMessageContaining("EPERM (Operation not permitted); run as root or with CAP_NET_ADMIN");
    }

    @Test
    void wordsThatAreGarbledDoNotHideTheRefusal() {
        kernel.datagram(n -> message(
                ScriptedNetlink.NLMSG_ERROR, 0x300, n, join(new byte[] {-17, -1, -1, -1}, new byte[16], new byte[5])));
        assertThatThrownBy(() -> socket.interfaces().createVeth("a", "b"))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
    }

    @Test
    void aListingThatFailsHalfWayIsNoList() {
        kernel.datagram(n ->
                join(link(n, 2, 1, "lo"), message(ScriptedNetlink.NLMSG_DONE, 2, n, new byte[] {-12, -1, -1, -1})));
        assertThatThrownBy(() -> socket.interfaces().list()).hasMessageContaining("ENOMEM");
    }

    @Test
    void silenceEndsInAnErrorAndClosesTheSocket() {
        assertThatThrownBy(() -> socket.interfaces().list())
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("no complete answer from the kernel within 5000 ms");
        assertThat(kernel.closed()).isOne();
        assertThatThrownBy(() -> socket.interfaces().list()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptedCallIsMadeAgain() {
        kernel.failure(4).datagram(n -> done(n, 2));
        assertThat(socket.interfaces().list()).isEmpty();
    }

    @Test
    void anAnswerLargerThanTheBufferIsReadWhole() {
        byte[] padding = new byte[60_000];
        kernel.datagram(n -> join(message(1, 0, n, padding), link(n, 2, 1, "lo"), done(n, 2)));
        assertThat(socket.interfaces().list()).extracting(InterfaceInfo::name).containsExactly("lo");
    }

    @Test
    void aDatagramThatWasCutShortIsAnErrorAndClosesTheSocket() {
        InterfaceInfo on = new InterfaceInfo(
                7,
                "eth0",
                Optional.empty(),
                true,
                true,
                false,
                Optional.empty(),
                1500,
                OptionalInt.empty(),
                OptionalInt.empty());
        kernel.datagram(n -> join(message(1, 0, n, new byte[60_000]), done(n, 2)));
        assertThatThrownBy(() -> socket.clsact(on, Direction.INGRESS).filters())
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("in a datagram of 60");
        assertThat(kernel.closed()).isOne();
    }

    @Test
    void afterAnAnswerThatWasLargeAllAreReadWhole() {
        byte[] padding = new byte[60_000];
        kernel.datagram(n -> join(message(1, 0, n, padding), link(n, 2, 7, "eth0"), done(n, 2)))
                .datagram(n -> join(message(1, 0, n, padding), done(n, 2)));
        InterfaceInfo on = socket.interfaces().list().get(0);
        assertThat(socket.clsact(on, Direction.INGRESS).filters()).isEmpty();
    }

    @Test
    void aLostAnswerIsAnError() {
        kernel.failure(105);
        assertThatThrownBy(() -> socket.interfaces().list()).hasMessageContaining("recv: ENOBUFS");
    }

    @Test
    void anAnswerThatMakesNoSenseIsATypedErrorAndClosesTheSocket() {
        kernel.datagram(n -> new byte[] {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        assertThatThrownBy(() -> socket.interfaces().list())
                .isInstanceOf(MalformedObjectException.class)
                .hasMessageContaining("answer to RTM_GETLINK: datagram at offset 0");
        assertThat(kernel.closed()).isOne();
    }

    @Test
    void anAcknowledgementCutShortIsATypedError() {
        kernel.datagram(n -> message(ScriptedNetlink.NLMSG_ERROR, 0, n, new byte[2]));
        assertThatThrownBy(() -> socket.interfaces().list()).isInstanceOf(MalformedObjectException.class);
    }

    @Test
    void aMessageAfterTheEndIsATypedError() {
        kernel.datagram(n -> join(done(n, 2), link(n, 2, 1, "lo")));
        assertThatThrownBy(() -> socket.interfaces().list()).isInstanceOf(MalformedObjectException.class);
    }
}
