package io.jbpf.netlink;

import static io.jbpf.netlink.ScriptedNetlink.acknowledgement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jbpf.bytes.ByteView;
import io.jbpf.error.SystemCallException;
import io.jbpf.error.UnsupportedFeatureException;
import io.jbpf.netlink.RouteStructs.TrafficMessage;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a hook says to a kernel that fails as told. */
class ClsactHookScriptTest {
    private static final int ENOENT = -2;
    private static final int ENOMEM = -12;

    private final ScriptedNetlink kernel = new ScriptedNetlink();
    private final RouteSocket socket = RouteSocket.open(kernel.calls(), Duration.ofSeconds(5));
    private final InterfaceInfo on = new InterfaceInfo(
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
    private final ClsactHook hook = socket.clsact(on, Direction.EGRESS);

    @Test
    void aFilterThatCannotBeListedAfterItWasAddedIsTakenAwayAgain() {
        kernel.datagram(n -> acknowledgement(n, ENOENT, "")) // nothing there yet
                .datagram(n -> acknowledgement(n, 0, "")) // clsact made
                .datagram(n -> acknowledgement(n, 0, "")) // filter added, and not echoed
                .datagram(n -> acknowledgement(n, ENOMEM, "")) // not to be listed
                .datagram(n -> acknowledgement(n, 0, "")); // filter removed
        assertThatThrownBy(() -> hook.add("firewall", 3))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("ENOMEM");
        List<Message> sent = sent();
        assertThat(sent).extracting(Message::type).containsExactly(38, 36, 44, 38, 45);
        Message added = sent.get(2);
        Message removed = sent.get(4);
        assertThat(removed.get(TrafficMessage.HANDLE))
                .isEqualTo(added.get(TrafficMessage.HANDLE))
                .isNotZero();
        assertThat(removed.get(TrafficMessage.INFO)).isEqualTo(added.get(TrafficMessage.INFO));
        assertThat(added.get(TrafficMessage.INFO) >>> 16).isEqualTo(ClsactHook.USUAL_PREFERENCE);
        assertThat(List.of(added.get(TrafficMessage.PARENT), removed.get(TrafficMessage.PARENT)))
                .containsOnly(0xffff_fff3);
    }

    @Test
    void aKernelWithoutClsactIsUnsupported() {
        kernel.datagram(n -> acknowledgement(n, ENOENT, ""))
                .datagram(n -> acknowledgement(n, ENOENT, "Specified qdisc kind is unknown"));
        assertThatThrownBy(() -> hook.add("firewall", 3))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessage("this kernel does not support the clsact qdisc (CONFIG_NET_SCH_INGRESS)"
                        + " (Linux 4.5 and later do)")
                .hasRootCauseMessage("cannot add a clsact qdisc to interface eth0 (7): rtnetlink(RTM_NEWQDISC): ENOENT"
                        + " (No such file or directory); the kernel says: Specified qdisc kind is unknown");
    }

    @Test
    void aKernelWithoutTheBpfClassifierIsUnsupported() {
        kernel.datagram(n -> acknowledgement(n, ENOENT, ""))
                .datagram(n -> acknowledgement(n, 0, ""))
                .datagram(n -> acknowledgement(n, ENOENT, "TC classifier not found"));
        assertThatThrownBy(() -> hook.add("firewall", 3))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("CONFIG_NET_CLS_BPF");
    }

    private List<Message> sent() {
        return kernel.sent().stream()
                .flatMap(bytes ->
                        Message.split(ByteView.of("request", "datagram", bytes, ByteOrder.nativeOrder())).stream())
                .toList();
    }
}
