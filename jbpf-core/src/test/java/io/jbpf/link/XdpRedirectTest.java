package io.jbpf.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.jbpf.map.BpfMap;
import io.jbpf.map.Codec;
import io.jbpf.map.CpuMap;
import io.jbpf.map.DeviceMap;
import io.jbpf.map.SocketMap;
import io.jbpf.map.UpdateMode;
import io.jbpf.netlink.InterfaceInfo;
import io.jbpf.netlink.Interfaces;
import io.jbpf.netlink.RouteSocket;
import io.jbpf.netlink.XdpMode;
import io.jbpf.testkit.KernelTest;
import io.jbpf.testkit.TestNetwork;
import io.jbpf.testkit.Waits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames that come to the network's right end and go on to a device, a CPU or an AF_XDP socket. */
@KernelTest
@SuppressWarnings("try") // a link does its work by being open
class XdpRedirectTest {
    private final TestNetwork network = TestNetwork.create();
    private final TestNetwork.End end = network.right();

    @AfterEach
    void removeAll() {
        network.close();
    }

    private Link attach(LinkObject object, String program, InterfaceInfo to, XdpMode mode) {
        return end.namespace().call(() -> XdpAttachment.attach(object.program(program), to.index(), mode));
    }

    /** A veth pair whose other end is {@code out-b}, both beside the network's right end. */
    private static InterfaceInfo createWayOut(Interfaces interfaces) {
        InterfaceInfo made = interfaces.createVeth("out-a", "out-b");
        interfaces.setUp(made);
        interfaces.setUp(interfaces.get("out-b"));
        Waits.until(() -> interfaces.get("out-a").running());
        return made;
    }

    @ParameterizedTest
    @CsvSource({"devices, to_device, 2", "devices_by_key, to_device_by_key, 0x12345678"})
    void aFrameGoesOutOfAnotherDevice(String map, String program, String key) throws IOException {
        try (RouteSocket socket = end.routeSocket();
                LinkObject object = LinkObject.loadFrom("redirects", program, "on_way_to_device", "counts_and_drops")) {
            InterfaceInfo out = createWayOut(socket.interfaces());
            DeviceMap devices = DeviceMap.of(object.map(map));
            int slot = Integer.decode(key);
            // The driver's own XDP: it takes redirected frames only where the other end has a program too.
            try (Link sender = attach(object, program, end.interfaceInfo(), XdpMode.NATIVE);
                    Link receiver = attach(
                            object, "counts_and_drops", socket.interfaces().get("out-b"), XdpMode.NATIVE)) {
                assertThat(Datagrams.arrive(network)).isTrue();
                end.namespace().call(() -> {
                    devices.put(slot, out.index(), object.program("on_way_to_device"));
                    return devices;
                });
                assertThat(Datagrams.arrive(network)).isFalse();
                Waits.until(() -> object.get("arrived") == 1);
                assertThat(object.get("on_the_way")).isEqualTo(1);
                devices.delete(slot);
                assertThat(Datagrams.arrive(network)).isTrue();
                assertThat(object.get("arrived")).isEqualTo(1);
            }
        }
    }

    @Test
    void aFrameIsHandledByACpu() throws IOException {
        try (LinkObject object = LinkObject.loadFrom("redirects", "to_cpu", "drops_on_cpu")) {
            CpuMap cpus = CpuMap.of(object.map("cpus"));
            try (Link link = attach(object, "to_cpu", end.interfaceInfo(), XdpMode.NATIVE)) {
                assertThat(Datagrams.arrive(network)).isTrue();
                cpus.put(0, 64, object.program("drops_on_cpu"));
                assertThat(Datagrams.arrive(network)).isFalse();
                assertThat(object.get("on_the_way")).isEqualTo(1);
                cpus.delete(0);
                assertThat(Datagrams.arrive(network)).isTrue();
                assertThat(object.get("on_the_way")).isEqualTo(1);
            }
        }
    }

    @Test
    void aFrameComesToASocketOfUserSpace() throws IOException {
        byte[] text = "for user space".getBytes(StandardCharsets.US_ASCII);
        try (LinkObject object = LinkObject.loadFrom("redirects", "to_queue");
                XdpSocket socket = end.namespace()
                        .call(() -> XdpSocket.bind(end.interfaceInfo().index(), 0));
                DatagramSocket sender = network.left().datagrams(0)) {
            BpfMap queues = object.map("queues");
            SocketMap.of(queues, Codec.u32()).put(0, socket.descriptor(), UpdateMode.ANY);
            try (Link link = attach(object, "to_queue", end.interfaceInfo(), XdpMode.GENERIC)) {
                sender.send(new DatagramPacket(text, text.length, end.ipv4(), 9));
                Waits.until(() -> socket.received().isPresent());
                byte[] frame = socket.received().orElseThrow();
                assertThat(frame).hasSize(14 + 20 + 8 + text.length).endsWith(text);
                SocketMap.of(queues, Codec.u32()).delete(0);
                assertThat(Datagrams.arrive(network)).isTrue();
            }
        }
    }
}
